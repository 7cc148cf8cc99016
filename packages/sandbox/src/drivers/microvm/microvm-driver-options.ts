import type {ImageDefinition} from '../../image.ts';
import type {GuestKernel} from './guest/guest-files.ts';
import type {NamedKernel} from './guest/named-kernel.ts';
import type {Acceleration} from './machine-monitor.ts';

/** A root file system for machines; `SandboxKind.image` refers to its name. */
export type MicrovmImage =
  /** An erofs or squashfs image that is there; monitors, which have user ids of their own, must be able to read it. */
  | {readonly name: string; readonly path: string}
  /** A folder, of which an erofs image is made once for each digest; files and folders of the host that `entries` binds beside it are put in. */
  | (Required<Pick<ImageDefinition, 'name' | 'tree'>> & Partial<Pick<ImageDefinition, 'entries'>>);

/** How the microvm driver finds its parts and what it may use of the host. */
export interface MicrovmDriverOptions {
  /** Folder with `sandglass-machine`, `sandglass-guest-init`, `sandglass-launcher` and `sandglass-agent`. */
  readonly nativeDir: string;
  /** Private folder that outlives the worker: kernels, initial ramdisks, templates: some 150 MB for each image; and what machines write while they run. */
  readonly cacheDir: string;
  /** At least one. */
  readonly images: readonly MicrovmImage[];
  /** Default: Debian's kernel for virtual machines, fetched as a package at the first start. */
  readonly kernel?: GuestKernel | NamedKernel;
  /** Default `auto`: Firecracker where it and KVM are, else QEMU. */
  readonly monitor?: 'auto' | 'qemu' | 'firecracker';
  /** Default `auto`: KVM where a guest really boots with it, else TCG, which is 13 to 45 times slower. */
  readonly acceleration?: 'auto' | Acceleration;
  /** Most memory that a sandbox may ask for, in bytes; default 1 GiB. A machine takes what it uses, not this. */
  readonly maxMemoryBytes?: number;
  /** Most writable space that a sandbox may ask for, in bytes; default 1 GiB. A machine's disk is a sparse file in `cacheDir`, which takes what is written. */
  readonly maxDiskBytes?: number;
  /** How long a guest may take to come up, in milliseconds, tried once; default 60 000, and tried again. Templates are booted once, so this is no wait of a run's. */
  readonly bootWithinMs?: number;
  /** Mechanisms that may be missing: `monitor-user`, `monitor-bounds`. A host without any other is refused. */
  readonly allowWeaker?: readonly string[];
  /** Bytes per second that each machine may read and write on its disks; 0, the default, is unlimited. */
  readonly diskIoBytesPerSecond?: number;
  /** Passes on what guests' consoles show while they boot; default false: kept only to explain a failure. */
  readonly showsConsole?: boolean;
  readonly onLog?: (line: string) => void;
  /** `qemu-system-x86_64`, `firecracker` and `jailer` are looked for in PATH where they are not named here. */
  readonly programs?: {readonly qemu?: string; readonly firecracker?: string; readonly jailer?: string};
}
