import type {DriverName, Limits, Outcome, Run, RunState} from '@sandglass/protocol';

/** One entry of `GET /v1/languages`. */
export interface LanguageInfo {
  readonly id: string;
  readonly name: string;
  /** Of the default toolchain; empty when unavailable. */
  readonly version: string;
  /** What `id@name` and `id@version` choose from, the default first. */
  readonly toolchains: readonly {readonly name: string; readonly version: string}[];
  readonly aliases: readonly string[];
  /** With the dot. */
  readonly extensions: readonly string[];
  readonly compiled: boolean;
  /** True only when a program of it has been run on this server. */
  readonly available: boolean;
  /** Why it is not available and what brings it. */
  readonly reason?: string;
  /** A program that says hello and echoes one line of its input. */
  readonly example: string;
}

export interface RunPage {
  readonly runs: readonly Run[];
  /** Null on the last page. */
  readonly nextCursor: string | null;
}

/** Where a run of a batch stands, without its output. */
export type RunSummary = Pick<Run, 'id' | 'state' | 'outcome'>;

export interface AcceptedBatch {
  readonly id: string;
  /** In the order of the requests. */
  readonly ids: readonly string[];
  readonly runs: readonly RunSummary[];
}

export interface Batch {
  readonly id: string;
  readonly counts: Readonly<Record<RunState | 'total', number>> & {
    readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  };
  /** In the order of the requests. Past 32 MiB of output the rest come as summaries; read them by id. */
  readonly runs: readonly (Run | RunSummary)[];
}

export interface IsolationLevel {
  readonly level: DriverName;
  readonly available: boolean;
  readonly isDefault: boolean;
  readonly enforced: readonly string[];
  readonly weaker: readonly string[];
  /** Most that a run can ask for there, where the level is bounded by how it was set up. */
  readonly room?: {readonly memoryBytes?: number; readonly diskBytes?: number};
  /** Why it is not available. */
  readonly reason?: string;
}

/** `GET /v1/info`. */
export interface ServerInfo {
  readonly version: string;
  readonly limits: {readonly default: Limits; readonly compileDefault: Limits; readonly maximum: Limits};
  readonly isolation: readonly IsolationLevel[];
  readonly network: {readonly internet: boolean; readonly allow: readonly string[]};
  /** People sign in here; see `AccountsClient`. */
  readonly accounts: boolean;
  /** How long a finished run can be read. */
  readonly retentionSeconds: number;
}
