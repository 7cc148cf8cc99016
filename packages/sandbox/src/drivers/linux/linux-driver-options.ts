import type {ImageDefinition} from '../../image.ts';

/** How the linux driver finds its two programs and what it may use of the host. */
export interface LinuxDriverOptions {
  /** Folder with `sandglass-launcher` and `sandglass-agent`. */
  readonly nativeDir: string;
  /** Private folder for socket, configuration and locks; made when missing. Workers of one user share it. See `defaultRunDir`. */
  readonly runDir: string;
  /** Roots that sandboxes can have; at least one. */
  readonly images: readonly ImageDefinition[];
  /**
   * Socket of a launcher that something else started (a systemd unit, say). Its own configuration decides about images and bounds;
   * the settings given here for them are not used, and nothing is started or ended.
   */
  readonly launcherSocket?: string;
  /** Most sandboxes at once, default 256. */
  readonly maxSandboxes?: number;
  /** Memory and threads of primed runtimes that the bound of the agents makes room for; default 512 MiB, 2048. */
  readonly primedMemoryBytes?: number;
  readonly primedThreads?: number;
  /** Mechanisms that may be missing; a host without any other is refused. Names as `probe` lists them. */
  readonly allowWeaker?: readonly string[];
  /** Bytes per second that each sandbox may read from the host's disks; 0, the default, is unlimited. */
  readonly diskIoBytesPerSecond?: number;
  /** Gets what the launcher says on its standard error, line by line. Default: kept only to explain its end. */
  readonly onLog?: (line: string) => void;
}
