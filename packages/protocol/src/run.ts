import type {Judging, Score, TestResult} from './judging.ts';
import type {LimitName, Limits, TimeLimitName} from './limits.ts';
import type {Outcome, RunState} from './outcome.ts';

/** Isolation drivers, weakest first. */
export const DRIVER_NAMES = ['linux', 'docker', 'gvisor', 'kubernetes', 'microvm'] as const;
export type DriverName = (typeof DRIVER_NAMES)[number];

/** A file as it travels inside Sandglass: a path relative to the working directory, and its bytes. */
export interface SourceFile {
  readonly path: string;
  readonly content: Uint8Array;
}

export type NetworkPolicy = 'none' | 'internet' | {readonly allow: readonly string[]};

/** A run request after validation: every default applied, aliases not yet resolved, texts decoded to bytes. */
export interface RunSpec {
  readonly language: string;
  /** At least one. A `code` field has become the file named `null` (the recipe's default name). */
  readonly code: Uint8Array | null;
  readonly files: readonly SourceFile[];
  readonly entry: string | null;
  readonly stdin: Uint8Array;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly compilerOptions: readonly string[];
  readonly limits: Limits;
  readonly compileLimits: Limits;
  /** Limits of time that the request left to us: where programs are slower they are stretched. Absent is none. */
  readonly defaultTimes?: {
    readonly limits: readonly TimeLimitName[];
    readonly compileLimits: readonly TimeLimitName[];
  };
  /** The program runs on a core that nothing else of this server uses meanwhile; a judged run has one for all of its tests. */
  readonly cpuPinning: boolean;
  readonly outputPolicy: 'truncate' | 'stop';
  readonly network: NetworkPolicy;
  readonly isolation: 'auto' | DriverName;
  /** Null for what the operator meant for the language. */
  readonly image: string | null;
  /** Null for a run without tests. */
  readonly judging: Judging | null;
  readonly artifacts: readonly string[];
  readonly cache: 'compile' | 'off' | 'result';
  readonly priority: 'interactive' | 'batch';
  readonly callback: {readonly url: string; readonly secret: string | null} | null;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** One stage of a run as measured: compile, run, or one test. */
export interface Step {
  readonly exitCode: number | null;
  /** Signal name such as `SIGSEGV`; set exactly when `exitCode` is null. */
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Present exactly when replacing invalid UTF-8 lost something. */
  readonly stdoutBase64?: string;
  readonly stderrBase64?: string;
  readonly stdoutTruncated: boolean;
  readonly stderrTruncated: boolean;
  /** Bytes that the program wrote, kept or not. */
  readonly stdoutBytes: number;
  readonly stderrBytes: number;
  readonly wallTimeMs: number;
  readonly cpuTimeMs: number;
  readonly memoryPeakBytes: number;
  readonly processesPeak: number;
}

/** What happened, in words that a student understands. */
export interface Explanation {
  readonly code: string;
  readonly message: string;
  readonly limit?: LimitName;
  readonly allowed?: number;
  readonly peak?: number;
}

export interface Diagnostic {
  readonly file: string;
  readonly line: number;
  readonly column?: number;
  readonly severity: 'error' | 'warning' | 'note';
  readonly message: string;
}

export interface Artifact {
  readonly path: string;
  readonly contentBase64: string;
  readonly truncated: boolean;
}

/** What isolation a run really had. */
export interface IsolationReport {
  readonly driver: DriverName;
  readonly enforced: readonly string[];
  readonly weaker: readonly string[];
}

/** The run as clients see it. */
export interface Run {
  readonly id: string;
  readonly state: RunState;
  readonly outcome: Outcome | null;
  readonly language: {readonly id: string; readonly version: string};
  readonly isolation: IsolationReport;
  readonly compile: Step | null;
  readonly run: Step | null;
  /** In the order of the request; empty until they are finished, and without tests. */
  readonly tests: readonly TestResult[];
  /** Present when the run was judged. */
  readonly score?: Score;
  readonly explanation: Explanation | null;
  readonly diagnostics: readonly Diagnostic[];
  readonly artifacts: readonly Artifact[];
  readonly cached: {readonly compile: boolean; readonly result: boolean};
  readonly metadata: Readonly<Record<string, unknown>>;
  /** RFC 3339, UTC, milliseconds. */
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly queuedMs: number | null;
  readonly attempts: number;
  /** While the run waits in a queue that several processes share. */
  readonly queue?: {
    /** Runs that are taken before this one. */
    readonly position: number;
    /** RFC 3339; null when nothing has ended lately to judge by. */
    readonly estimatedStartAt: string | null;
  };
}

/** The part of a run that executing it decides; the server adds identity, times and attempts. */
export type RunResult = Pick<
  Run,
  | 'language'
  | 'isolation'
  | 'compile'
  | 'run'
  | 'tests'
  | 'score'
  | 'explanation'
  | 'diagnostics'
  | 'artifacts'
  | 'cached'
> & {readonly outcome: Outcome};
