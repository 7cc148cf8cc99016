import type {LanguageCatalogue, ResolvedLanguage} from '@sandglass/languages';
import type {EngineEvent, IsolationReport, RunRequest, RunResult, RunSpec} from '@sandglass/protocol';
import type {PoolStats, PrimedStats} from '@sandglass/sandbox';
import type {ImageFacts} from './images/level-images.ts';
import type {Interaction} from './interaction.ts';
import type {LevelFacts} from './isolation/levels.ts';
import type {StageListener} from './pipeline/stage-time.ts';

export interface ExecuteOptions {
  /** Cancels: every process of the run is gone within a second, the outcome is `cancelled`. */
  readonly signal: AbortSignal | undefined;
  /** Called in order; a returned promise holds the program's further output back (bounded). */
  readonly onEvent: ((event: EngineEvent) => void | Promise<void>) | undefined;
  /** Called as each part of the run's way has ended; must not throw. A compile that several runs share tells the first of them only. */
  readonly onStage?: StageListener | undefined;
  /** True when somebody watches the output as it comes: programs then write line by line. Default false. */
  readonly isLive?: boolean;
  /** Somebody talks to the program; its result is never taken from the cache. Default: the request's `stdin`, then end of file. */
  readonly interaction?: Interaction | undefined;
  /**
   * The circle of callers that may see each other's results, such as an owner's id. Without it `cache: "result"` has no effect
   * beyond that of `cache: "compile"`.
   */
  readonly cacheScope?: string;
}

/**
 * Compiles and runs programs, each in fresh sandboxes. Owns drivers, pools and the compile cache.
 * What a program does is a result; only faults of our own are thrown (`isolation-failed`, `server-full`, `sandbox-lost` …).
 */
export interface Engine extends AsyncDisposable {
  /** Of the default isolation level, each language as the image has it that its runs get by default. */
  readonly languages: LanguageCatalogue;
  /** The images that runs may name, at the default level. */
  readonly images: readonly ImageFacts[];
  /** What runs get that name no isolation level. */
  readonly isolation: IsolationReport;
  /** Every isolation level, weakest first: what it enforces, or why it is not to be had. */
  readonly levels: readonly LevelFacts[];
  /** Of all levels together. */
  readonly poolStats: PoolStats;
  /** Runtimes that wait for programs at the default level, and why one does not. */
  readonly primed: readonly PrimedStats[];
  /** Cores that runs with `limits.cpuPinning` are given to themselves at the default level; empty when such runs are refused. */
  readonly pinnableCpus: readonly number[];
  /**
   * Throws `unknown-language`, `language-unavailable`, `unknown-image`, `isolation-unavailable`, `network-not-allowed`, and `invalid-request` where
   * files and language contradict each other: everything that can be refused before a run is accepted.
   */
  check(spec: RunSpec): ResolvedLanguage;
  execute(spec: RunSpec, options: ExecuteOptions): Promise<RunResult>;
  /**
   * Parses the plain JSON of a request and executes it, for programs that embed the engine. Throws what `parseRunRequest` throws
   * (`invalid-request`, `limit-too-high`, `unsupported-feature`) and what `check` and `execute` throw.
   */
  run(request: RunRequest, options?: Partial<ExecuteOptions>): Promise<RunResult>;
}
