import type {Preparation} from '@sandglass/languages';
import {SandglassError} from '@sandglass/protocol';
import {compileKey} from '../cache/compile-key.ts';
import type {KeptCompile} from '../cache/compiled-codec.ts';
import {SingleFlight} from '../cache/single-flight.ts';
import type {TieredCache} from '../cache/tiered-cache.ts';
import type {Preparer} from '../prepare/preparer.ts';
import {type CompileJob, compileProgram, type StageContext} from './compile-program.ts';
import type {Compiled} from './compiled.ts';

/** A compile's end, and whether its work was done for this run or for an earlier or simultaneous one. */
export interface CompileEnd {
  readonly compiled: Compiled;
  readonly isCached: boolean;
}

/**
 * Compiles each content once: from the cache when it is there, together with whoever compiles the same at this moment otherwise.
 * `cache: "off"` compiles by itself and keeps nothing.
 */
export class CompileStage {
  readonly #cache: TieredCache<KeptCompile>;
  readonly #preparer: Pick<Preparer, 'want'> | null;
  readonly #flights = new SingleFlight<Compiled>();

  constructor(cache: TieredCache<KeptCompile>, preparer: Pick<Preparer, 'want'> | null) {
    this.#cache = cache;
    this.#preparer = preparer;
  }

  async compile(job: CompileJob, context: StageContext): Promise<CompileEnd> {
    if (job.spec.cache === 'off') return {compiled: await this.#compileNow(job, context), isCached: false};
    const key = compileKey(job);
    const kept = this.#cache.peek(key);
    if (kept !== null) return {compiled: kept, isCached: true};
    try {
      return await this.#compileOnce(key, job, context);
    } catch (error) {
      if (context.signal?.aborted && error instanceof SandglassError && error.code === 'cancelled')
        return {compiled: {kind: 'cancelled', step: null}, isCached: false};
      throw error;
    }
  }

  async #compileOnce(key: string, job: CompileJob, context: StageContext): Promise<CompileEnd> {
    let isOnDisk = false;
    // Limits decide whether a compile ends, so only runs with the same ones can wait for the same.
    const flightKey = `${key} ${JSON.stringify(job.spec.compileLimits)}`;
    const {value, isShared} = await this.#flights.join(
      flightKey,
      async (signal) => {
        const kept = await this.#cache.get(key);
        isOnDisk = kept !== null;
        return kept ?? (await this.#compileAndKeep(key, job, {...context, signal}));
      },
      {signal: context.signal},
    );
    return {compiled: value, isCached: isShared || isOnDisk};
  }

  async #compileAndKeep(key: string, job: CompileJob, context: StageContext): Promise<Compiled> {
    const compiled = await this.#compileNow(job, context);
    if (compiled.kind === 'program' || (compiled.kind === 'refused' && compiled.isRepeatable))
      this.#cache.put(key, compiled);
    return compiled;
  }
  /** A compiler that had to work now will have to again: what helps it is made afterwards, when this run no longer needs the core. */
  async #compileNow(job: CompileJob, context: StageContext): Promise<Compiled> {
    const compiled = await compileProgram(job, context);
    if (compiled.kind !== 'cancelled') this.#preparer?.want(preparationsFor(job), context);
    return compiled;
  }
}

function preparationsFor({recipe, toolchain, files, entry, spec}: CompileJob): readonly Preparation[] {
  const {compilerOptions, compileLimits: limits} = spec;
  return recipe.preparations?.wanted({files, entry, compilerOptions, limits, isLive: false, toolchain}) ?? [];
}
