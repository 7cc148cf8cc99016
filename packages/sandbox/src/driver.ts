import type {DriverName, NetworkPolicy} from '@sandglass/protocol';

/** Bounds that hold for a whole sandbox, whatever is started in it. */
export interface SandboxLimits {
  readonly memoryBytes: number;
  /** Processes and threads at once. */
  readonly processes: number;
  readonly cpuCount: number;
  readonly diskBytes: number;
  /** A core that nothing else gets while the sandbox lives: one of the driver's `pinnableCpus` that no other sandbox has. Once set it stays. */
  readonly pinnedCpu?: number;
}

/** See `Driver.room`. */
export type SandboxRoom = Partial<Pick<SandboxLimits, 'memoryBytes' | 'diskBytes'>>;

/**
 * A runtime that is started before there is a program for it, and held back where it first looks for the program's file. A command that
 * starts the very same process takes it over.
 */
export interface RuntimeTemplate {
  /** Tells templates of one pool apart. */
  readonly id: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The library that holds it back (`native/prime`): absolute, as the sandbox sees it. */
  readonly library: string;
  /** Held back where it first names one of these in a system call. */
  readonly stopAt: readonly string[];
  /** Memory that one of them takes while it waits, in bytes; for the pool's budget. */
  readonly idleBytes: number;
}

/** What makes two ready sandboxes interchangeable before their limits are set. */
export interface SandboxKind {
  /** Name of an image that the driver was configured with. */
  readonly image: string;
  readonly network: NetworkPolicy;
  /** A pool prefers a sandbox with this runtime waiting in it. Without meaning to drivers. */
  readonly prime?: RuntimeTemplate;
}

/** A mechanism that is missing or weaker than it could be, and what to do about it. */
export interface WeakerMechanism {
  readonly mechanism: string;
  readonly reason: string;
  /** The exact command or setting that brings it. */
  readonly remedy: string;
}

export interface IsolationFacts {
  readonly driver: DriverName;
  readonly enforced: readonly string[];
  readonly weaker: readonly WeakerMechanism[];
}

export interface SandboxFile {
  /** Relative to the working directory; parents are created. */
  readonly path: string;
  readonly content: Uint8Array;
  /** Permission bits, default 0o644. */
  readonly mode?: number;
}

export interface FileEntry {
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'symlink' | 'other';
  readonly mode: number;
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
}

export type OutputStream = 'stdout' | 'stderr' | 'terminal';

/** A program to start. Every field is explicit: nothing of the worker's environment is inherited. */
export interface Command {
  /** argv[0] is looked up in the PATH of `env` when it has no slash. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Relative to the working directory; "" is the working directory itself. */
  readonly cwd: string;
  /** Written before the start, in the same message. */
  readonly files: readonly SandboxFile[];
  /** All of stdin (end of file follows), or `open` when the caller writes to the execution. */
  readonly stdin: Uint8Array | 'open';
  readonly terminal: {readonly columns: number; readonly rows: number} | null;
  /** 0 means none, for each of the following. */
  readonly wallTimeMs: number;
  readonly cpuTimeMs: number;
  readonly outputBytes: number;
  readonly fileBytes: number;
  readonly processes: number;
  readonly stopAtOutputLimit: boolean;
  /** Sessions keep the other processes when the main one ends; runs do not. */
  readonly keepOthers: boolean;
  /** Called in order for each piece of output. The next pieces wait (bounded) for a returned promise. */
  readonly onOutput: (stream: OutputStream, data: Uint8Array) => void | Promise<void>;
}

/** Why the agent ended a program before it ended by itself. */
export type StopReason = 'none' | 'wall-time' | 'cpu-time' | 'output-limit' | 'out-of-memory' | 'killed';

/** How a program ended and what it used; from the kernel's counters. */
export interface ExitReport {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stopReason: StopReason;
  readonly wallTimeMs: number;
  readonly cpuTimeMs: number;
  readonly memoryPeakBytes: number;
  readonly processesPeak: number;
  readonly oomKills: number;
  readonly forksRefused: number;
  readonly stdoutBytes: number;
  readonly stderrBytes: number;
  readonly diskUsedBytes: number;
  readonly isDiskFull: boolean;
  readonly isInodesFull: boolean;
  readonly isFileLimitReached: boolean;
  readonly isStdoutTruncated: boolean;
  readonly isStderrTruncated: boolean;
  /** It took a primed runtime over instead of being started. Absent means no. */
  readonly isPrimed?: boolean;
}

/** The end of a sandbox as a whole, by a limit that is enforced from outside: everything in it was killed, its agent too. */
export interface AbruptEnd {
  readonly stopReason: 'out-of-memory';
  readonly memoryPeakBytes: number;
  readonly cpuTimeMs: number;
  readonly oomKills: number;
}

/** A started program. */
export interface Execution {
  /** Resolves when the program is really running; rejects with `exec-failed`. */
  readonly started: Promise<void>;
  /** Resolves after the last output was handed over; rejects with `sandbox-lost`, `exec-failed` or `agent-protocol-violation`. */
  readonly exited: Promise<ExitReport>;
  /** Resolves when the program (or a bounded buffer) has taken it. */
  write(data: Uint8Array): Promise<void>;
  /** End of file on stdin; on a terminal, Ctrl-D. */
  end(): void;
  /** @param scope the main process, its process group (a terminal's foreground group), or every process. */
  signal(signal: string, scope: 'main' | 'group' | 'all'): void;
  resize(columns: number, rows: number): void;
}

/** Figures of the sandbox as a whole, as counted on the host; where nothing counts there, what its agent told. */
export interface SandboxUsage {
  readonly cpuTimeMs: number;
  readonly memoryPeakBytes: number;
  readonly oomKills: number;
}

/**
 * One isolated place to run one program, or one session of one owner. The holder owns it and must destroy it;
 * it is never handed to a second owner.
 */
export interface Sandbox extends AsyncDisposable {
  readonly id: string;
  readonly kind: SandboxKind;
  /** Aborts when the sandbox is gone, for whatever reason. */
  readonly gone: AbortSignal;
  /** Sets the bounds; throws `isolation-failed` when one cannot be set, after which the sandbox must be destroyed. */
  configure(limits: SandboxLimits): Promise<void>;
  writeFiles(files: readonly SandboxFile[]): Promise<void>;
  /** At most `maxBytes`; throws `file-unavailable` for anything but a regular file. */
  readFile(
    path: string,
    options: {readonly maxBytes: number},
  ): Promise<{content: Uint8Array; isTruncated: boolean}>;
  listFiles(
    path: string,
    options: {readonly maxEntries: number; readonly maxDepth: number},
  ): Promise<{entries: FileEntry[]; isTruncated: boolean}>;
  /**
   * Starts a runtime and resolves when it waits for its program; `exec` of the same process takes it over, any other ends it. Rejects with
   * `exec-failed` when it cannot be held back; the sandbox is as good as before then. Only before the first `exec`.
   */
  prime(template: RuntimeTemplate): Promise<void>;
  /** True while a runtime waits in it. Absent means no. */
  readonly hasPrimed?: boolean;
  exec(command: Command): Execution;
  /** Kills every program inside and resolves when none is left. */
  killAll(): Promise<void>;
  /** Resolves when every process is dead and every trace of the sandbox is removed. Idempotent; bounded in time. */
  destroy(): Promise<SandboxUsage>;
}

/** Makes sandboxes of one isolation level. */
export interface Driver extends AsyncDisposable {
  readonly name: DriverName;
  /** Known after `start`. */
  readonly isolation: IsolationFacts;
  /** Cores that sandboxes can be pinned to, all but one of them at once; absent or empty where others cannot be kept off. Known after `start`. */
  readonly pinnableCpus?: readonly number[];
  /** Bounds that `configure` cannot change: a ready sandbox serves only who wants them as it was made. Default: none. */
  readonly fixedLimits?: readonly (keyof SandboxLimits)[];
  /**
   * Every IPv4 address leads to the sandbox's own loopback interface, so that somebody inside can listen on those that a run may reach. Default: only
   * 127.0.0.0/8 does, and there is no route to others. Known after `start`.
   */
  readonly hasEveryAddress?: boolean;
  /** Most that a sandbox can be given, where that is bounded by how the level is set up. Default: nothing is. */
  readonly room?: SandboxRoom;
  /** Memory of the host that a ready sandbox takes while nothing runs in it, in bytes; default 2 MiB. */
  readonly idleBytes?: number;
  /** How many times longer programs take than outside, where that is much: default limits of time are stretched by it. Default 1. Known after `start`. */
  readonly timeFactor?: number;
  /** Probes and prepares the host; throws `isolation-unavailable` with the remedy. */
  start(options: {readonly signal: AbortSignal | undefined}): Promise<void>;
  /** The caller owns the sandbox. Throws `isolation-failed`, `launcher-lost`, `server-full`. */
  create(
    kind: SandboxKind,
    limits: SandboxLimits,
    options: {readonly signal: AbortSignal | undefined},
  ): Promise<Sandbox>;
  /** Destroys what is left and releases the host's resources. Idempotent. */
  close(): Promise<void>;
}
