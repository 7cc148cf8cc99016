import type {LanguageInfo} from '@sandglass/client';
import type {RunRequest, RunResult} from '@sandglass/protocol';
import type {Talk} from './talk.ts';

export interface RunOptions {
  /** Cancels the run; it then ends with outcome `cancelled`. */
  readonly signal: AbortSignal;
  /** The program's output, piece by piece; a slow reader holds the program back. */
  readonly onOutput: (stream: 'stdout' | 'stderr', data: Uint8Array) => Promise<void>;
  /** A person talks to the program over a terminal; its output then comes as stdout. */
  readonly talk?: Talk | undefined;
  /** Called once with what the compiler said, before the program starts. */
  readonly onCompiled: (text: string) => Promise<void>;
}

/** Where `sandglass run` runs programs: in an engine of its own, or on a server. */
export interface Runner extends AsyncDisposable {
  languages(): Promise<readonly LanguageInfo[]>;
  /** How long a run may take at most. */
  maxWallTimeMs(): Promise<number>;
  run(request: RunRequest, options: RunOptions): Promise<RunResult>;
}
