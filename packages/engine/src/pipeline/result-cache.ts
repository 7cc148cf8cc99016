import type {DriverName, RunResult} from '@sandglass/protocol';
import {resultKey} from '../cache/result-key.ts';
import type {TieredCache} from '../cache/tiered-cache.ts';
import type {Job} from './job.ts';

/**
 * Answers a request that asks for it (`cache: "result"`) from an earlier identical one of the same scope. Kept are only ends that the
 * program itself decided: where a limit, a cancellation or the network had a part, another try may end differently.
 */
export class ResultCache {
  readonly #cache: TieredCache<RunResult>;

  readonly #level: DriverName;

  /** @param level a result says which isolation it had, so each level has its own. */
  constructor(cache: TieredCache<RunResult>, level: DriverName) {
    this.#cache = cache;
    this.#level = level;
  }

  /** The key under which the job's result is looked up and kept; null when it takes no part. */
  keyOf(job: Job, scope: string | undefined): string | null {
    const {cache, network} = job.spec;
    if (cache !== 'result' || network !== 'none' || scope === undefined) return null;
    return resultKey(job, `${this.#level} ${scope}`);
  }

  async find(key: string): Promise<RunResult | null> {
    const result = await this.#cache.get(key);
    return result === null ? null : {...result, cached: {compile: result.compile !== null, result: true}};
  }

  keep(key: string, result: RunResult): void {
    if (isDecidedByProgram(result)) this.#cache.put(key, result);
  }
}

function isDecidedByProgram({outcome, explanation}: RunResult): boolean {
  switch (outcome) {
    case 'ok':
    case 'runtime-error':
    case 'signaled':
      return true;
    case 'compile-error':
      return explanation?.code === 'compile-error';
    default:
      return false;
  }
}
