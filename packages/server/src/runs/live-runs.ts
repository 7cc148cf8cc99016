import {type RunSpec, SandglassError} from '@sandglass/protocol';
import type {LiveRun} from './live-run.ts';

/**
 * The runs that this process carries: accepted and not yet finished. Their sources and inputs are in memory, so their bytes
 * are bounded as well as their number, which the queue bounds.
 */
export class LiveRuns {
  readonly #maxContentBytes: number;
  readonly #runs = new Map<string, LiveRun>();
  #contentBytes = 0;

  constructor(maxContentBytes: number) {
    this.#maxContentBytes = maxContentBytes;
  }

  get(id: string): LiveRun | undefined {
    return this.#runs.get(id);
  }

  all(): Iterable<LiveRun> {
    return this.#runs.values();
  }

  /** Throws `server-full` when these runs do not fit beside those that are here. */
  refuseOverflow(specs: readonly RunSpec[]): void {
    const bytes = specs.reduce((sum, spec) => sum + contentBytes(spec), 0);
    if (this.#contentBytes + bytes <= this.#maxContentBytes) return;
    throw new SandglassError(
      'server-full',
      `Cannot accept ${specs.length === 1 ? 'the run' : `${specs.length} runs`}: the runs that wait hold ${this.#contentBytes} bytes of sources and input, ${bytes} more would pass the bound of ${this.#maxContentBytes}. Try again later.`,
      {retryAfterSeconds: 5},
    );
  }

  add(live: LiveRun): void {
    this.#runs.set(live.id, live);
    this.#contentBytes += contentBytes(live.identity.spec);
  }

  remove(live: LiveRun): void {
    if (this.#runs.delete(live.id)) this.#contentBytes -= contentBytes(live.identity.spec);
  }
}

function contentBytes({code, files, stdin, judging}: RunSpec): number {
  const tests = judging?.tests ?? [];
  const sources = files.reduce((sum, file) => sum + file.content.length, (code?.length ?? 0) + stdin.length);
  // A test without input of its own shares the run's.
  return tests.reduce(
    (sum, test) => sum + (test.stdin === stdin ? 0 : test.stdin.length) + (test.expected?.length ?? 0),
    sources,
  );
}
