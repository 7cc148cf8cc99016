import type {FileHandle} from 'node:fs/promises';
import type {Duplex} from 'node:stream';
import type {SandboxUsage} from '../../driver.ts';
import type {ScratchContents} from './scratch/scratch-contents.ts';

/** The three byte streams between a worker and a guest (docs/agent-protocol.md, section 8). */
export interface MachineStreams {
  readonly guest: Duplex;
  readonly launcher: Duplex;
  readonly agent: Duplex;
}

/** A running machine. The holder owns it and must `kill` it. */
export interface Machine {
  /** Of the monitor, on the host. */
  readonly pid: number;
  /** Connects to the guest; to be called once. Throws when the machine ends before. */
  streams(options: {readonly signal: AbortSignal}): Promise<MachineStreams>;
  /** Resolves when the monitor has ended, with what it and the guest's console said last. */
  readonly ended: Promise<string>;
  /** Says why the machine stands still for good, when it does: to be killed then. */
  onFault(listener: (why: string) => void): void;
  /** Stops the processors of the guest until `resume`: nothing in it costs the host anything. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Resolves when the monitor is dead and nothing of it is left. Idempotent; bounded in time. */
  kill(): Promise<SandboxUsage>;
}

/** A machine that was booted to become a template. */
export interface BootedMachine extends Machine {
  /** Writes the snapshot and ends the machine. */
  save(): Promise<void>;
}

/** What is in a machine; all of it is part of a template's identity. */
export interface MachineDescription {
  /** Read-only root file system, erofs or squashfs. */
  readonly imagePath: string;
  /** Uncompressed kernel. */
  readonly kernelPath: string;
  readonly initramfsPath: string;
  readonly memoryBytes: number;
  /** Size of the disk that it may write to. */
  readonly scratchBytes: number;
  /** Bytes per second that the guest may read and write on its disks; 0 is unlimited. */
  readonly diskIoBytesPerSecond: number;
  /** The guest's kernel says everything that it does on its console. */
  readonly isVerbose: boolean;
}

/** Names of a snapshot's files in its folder. `scratchDisk` is a machine's while it boots, and `scratch` what is on it afterwards. */
export const SNAPSHOT_FILES = {
  memory: 'memory',
  state: 'state',
  scratchDisk: 'scratch-disk',
  scratch: 'scratch',
} as const;

/** A snapshot that machines are restored from. Its files are held open, so that they may be removed from the disk meanwhile. */
export interface Snapshot {
  readonly folder: string;
  readonly description: MachineDescription;
  readonly state: FileHandle;
  /** In a form that no machine can change, where the monitor needs that; else the file. */
  readonly memory: FileHandle;
  /** What its disk began with, which it goes on from. */
  readonly scratch: ScratchContents;
}

export type Acceleration = 'kvm' | 'tcg';

/** A program that runs machines. Two of them exist: QEMU and Firecracker. */
export interface MachineMonitor {
  readonly name: 'qemu' | 'firecracker';
  readonly acceleration: Acceleration;
  /** Whether conversations begun before a snapshot go on in restored machines; otherwise each restored machine is greeted anew. */
  readonly keepsConversations: boolean;
  /** Whether restored machines need `Snapshot.sealedMemory`. */
  readonly needsSealedMemory: boolean;
  /** Everything on the monitor's side that a snapshot depends on: one with another fingerprint is never restored. */
  fingerprint(description: MachineDescription): string;
  /** The caller owns the machine. `folder` is private to it, holds its scratch disk and receives the snapshot. */
  boot(description: MachineDescription, folder: string): Promise<BootedMachine>;
  /** The caller owns the machine. */
  restore(snapshot: Snapshot): Promise<Machine>;
}
