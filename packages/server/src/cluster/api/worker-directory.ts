import {
  checkAgainst,
  type Engine,
  type ImageFacts,
  type LevelFacts,
  type NetworkPermission,
} from '@sandglass/engine';
import {
  type CatalogueEntry,
  type LanguageRecipe,
  type ResolvedLanguage,
  resolveLanguage,
} from '@sandglass/languages';
import {type IsolationReport, type Limits, type RunSpec, SandglassError} from '@sandglass/protocol';
import type {PoolStats} from '@sandglass/sandbox';
import type {SharedRunStore, WorkerReport} from '@sandglass/store';
import {type KnownAbilities, readAbilities} from '../abilities.ts';

export interface WorkerDirectoryParts {
  readonly store: Pick<SharedRunStore, 'workers'>;
  /** A worker that was not heard of for so long counts as gone. */
  readonly maxAgeMs: number;
  readonly network: NetworkPermission;
  /** Of checkers and interactors. */
  readonly judgeLimits: Limits;
  readonly recipes: readonly LanguageRecipe[];
  readonly onFault: (error: unknown) => void;
}

const LOOK_MS = 1_000;
/** An API process has none of its own. */
const NO_POOL: PoolStats = {ready: 0, creating: 0, inUse: 0, waiting: 0, target: 0};
const NO_ABILITIES: KnownAbilities = {levels: [], images: [], pinnableCpus: [], entries: []};

/**
 * The workers that are there, and what the installation can do because of them. All workers of an installation are meant to offer the same;
 * while a new version is rolled out the one that reported itself last speaks for all. When the last worker goes, what it offered is still
 * accepted and waits for the next one.
 */
export class WorkerDirectory {
  readonly #parts: WorkerDirectoryParts;
  #workers: readonly WorkerReport[] = [];
  #abilities: KnownAbilities = NO_ABILITIES;
  #known = '';
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(parts: WorkerDirectoryParts) {
    this.#parts = parts;
  }

  /** Throws `store-failed`. */
  async start(): Promise<void> {
    await this.#look();
    this.#schedule();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  get workers(): readonly WorkerReport[] {
    return this.#workers;
  }

  get levels(): readonly LevelFacts[] {
    return this.#abilities.levels;
  }

  get images(): readonly ImageFacts[] {
    return this.#abilities.images;
  }

  /** Of workers, which tell their own. */
  get primed(): Engine['primed'] {
    return [];
  }

  get pinnableCpus(): readonly number[] {
    return this.#abilities.pinnableCpus;
  }

  get poolStats(): PoolStats {
    return NO_POOL;
  }

  get isolation(): IsolationReport {
    const level = this.levels.find((each) => each.kind === 'available' && each.isDefault);
    return level?.kind === 'available' ? level.isolation : {driver: 'linux', enforced: [], weaker: []};
  }

  get languages(): {
    readonly entries: readonly CatalogueEntry[];
    resolve(name: string): ResolvedLanguage;
  } {
    const {entries} = this.#abilities;
    return {entries, resolve: (name) => resolveLanguage(entries, name)};
  }

  /** Throws what `Engine.check` throws, and `not-ready` before the first worker has reported itself. */
  check(spec: RunSpec): ResolvedLanguage {
    if (this.#known === '')
      throw new SandglassError('not-ready', 'Cannot accept the run: no worker has reported itself yet.', {
        retryAfterSeconds: 5,
      });
    const {network, judgeLimits} = this.#parts;
    return checkAgainst(spec, {...this.#abilities, languages: this.languages, network, judgeLimits});
  }

  /** The worker with the most free slots for a live session. Throws `server-full` when there is none. */
  leastBusy(): WorkerReport {
    const [best] = this.#workers
      .filter(({isDraining}) => !isDraining)
      .sort((left, right) => left.running / left.slots - right.running / right.slots);
    if (best !== undefined) return best;
    throw new SandglassError(
      'server-full',
      'Cannot open a live session: there is no worker. Try again shortly.',
      {
        retryAfterSeconds: 5,
      },
    );
  }

  #schedule(): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.#looking = this.#look()
        .catch((error) => this.#parts.onFault(error))
        .finally(() => this.#schedule());
    }, LOOK_MS);
  }

  async #look(): Promise<void> {
    this.#workers = await this.#parts.store.workers(this.#parts.maxAgeMs);
    const newest = this.#workers.at(-1);
    if (newest === undefined || newest.abilities === this.#known) return;
    this.#known = newest.abilities;
    this.#abilities = readAbilities(newest.abilities, this.#parts.recipes);
  }
}
