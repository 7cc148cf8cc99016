/** Bounds of one stage (compile or run). Each is enforced by the kernel or the agent, never by the program's good will. */
export interface Limits {
  /** Wall-clock time from exec to exit, in milliseconds. */
  readonly wallTimeMs: number;
  /** CPU time of all processes together, in milliseconds. */
  readonly cpuTimeMs: number;
  /** Memory of all processes together, files in the sandbox included, in bytes. No swap is added. */
  readonly memoryBytes: number;
  /** Processes and threads alive at once. */
  readonly processes: number;
  /** Bytes kept of stdout, and of stderr. */
  readonly outputBytes: number;
  /** Largest single file, in bytes (`RLIMIT_FSIZE`). */
  readonly fileBytes: number;
  /** All writable space of the sandbox together, in bytes. */
  readonly diskBytes: number;
  /** Share of processor cores; 0.5 is half of one. */
  readonly cpuCount: number;
}

export const LIMIT_NAMES = [
  'wallTimeMs',
  'cpuTimeMs',
  'memoryBytes',
  'processes',
  'outputBytes',
  'fileBytes',
  'diskBytes',
  'cpuCount',
] as const satisfies readonly (keyof Limits)[];
export type LimitName = (typeof LIMIT_NAMES)[number];

/** What programs need more of where they run slower. */
export const TIME_LIMIT_NAMES = ['wallTimeMs', 'cpuTimeMs'] as const satisfies readonly LimitName[];
export type TimeLimitName = (typeof TIME_LIMIT_NAMES)[number];

const MIB = 1024 * 1024;

export const DEFAULT_RUN_LIMITS: Limits = {
  wallTimeMs: 10_000,
  cpuTimeMs: 10_000,
  memoryBytes: 256 * MIB,
  processes: 64,
  outputBytes: MIB,
  fileBytes: 64 * MIB,
  diskBytes: 128 * MIB,
  cpuCount: 1,
};

/** Compilers need more room than most programs: g++ with large headers passes 500 MiB, rustc and go start many threads. */
export const DEFAULT_COMPILE_LIMITS: Limits = {
  wallTimeMs: 30_000,
  cpuTimeMs: 30_000,
  memoryBytes: 1024 * MIB,
  processes: 256,
  outputBytes: MIB,
  fileBytes: 256 * MIB,
  diskBytes: 512 * MIB,
  cpuCount: 2,
};

/** What a request may ask for at most, unless the operator sets other maxima. */
export const DEFAULT_MAX_LIMITS: Limits = {
  wallTimeMs: 300_000,
  cpuTimeMs: 300_000,
  memoryBytes: 2048 * MIB,
  processes: 512,
  // As JSON a byte takes up to six, for two streams, base64 besides: 16 MiB stays inside the longest string that V8 makes.
  outputBytes: 16 * MIB,
  fileBytes: 1024 * MIB,
  diskBytes: 1024 * MIB,
  cpuCount: 4,
};

/** Below these a sandbox cannot even start a program, so a request for less is refused instead of failing oddly. */
export const MIN_LIMITS: Limits = {
  wallTimeMs: 1,
  cpuTimeMs: 1,
  memoryBytes: 4 * MIB,
  processes: 1,
  outputBytes: 1,
  fileBytes: 1,
  diskBytes: 64 * 1024,
  cpuCount: 0.05,
};
