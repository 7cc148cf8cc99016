import type {QueueDepth} from '@sandglass/queue';
import type {PoolStats} from '@sandglass/sandbox';
import type {RouteParts} from './routes/route-parts.ts';

export interface MissingPart {
  readonly part: 'server' | 'store' | 'queue' | 'pool' | 'languages';
  readonly message: string;
}

export interface ReadyReport {
  readonly status: 'ready';
  readonly store: 'writable';
  readonly queue: QueueDepth;
  readonly pool: PoolStats;
  readonly languages: {readonly available: number; readonly unavailable: number};
}

export type Readiness =
  | {readonly kind: 'ready'; readonly report: ReadyReport}
  | {readonly kind: 'not-ready'; readonly missing: readonly MissingPart[]};

/** A store that does not answer within this is as good as gone for a health check. */
const STORE_TIMEOUT_MS = 3000;

type ReadinessParts = Pick<RouteParts, 'runs' | 'store' | 'queue' | 'engine' | 'config'>;

/** Looks at every part that a run needs. Says all that is missing, not only the first. */
export async function checkReadiness({
  runs,
  store,
  queue,
  engine,
  config,
}: ReadinessParts): Promise<Readiness> {
  const missing: MissingPart[] = [];
  if (runs.isStopping) missing.push({part: 'server', message: 'is stopping'});
  const storeProblem = await problemOf(store);
  if (storeProblem !== null) missing.push({part: 'store', message: storeProblem});
  const depth = queue.depth;
  const waiting = depth.interactive + depth.batch;
  if (waiting >= config.queueLimit) missing.push({part: 'queue', message: `is full with ${waiting} runs`});
  const pool = engine.poolStats;
  if (pool.ready + pool.creating + pool.inUse === 0 && pool.target > 0)
    missing.push({part: 'pool', message: 'has no sandbox and makes none'});
  const available = engine.languages.entries.filter(({toolchains}) => toolchains.length > 0).length;
  if (available === 0)
    missing.push({part: 'languages', message: 'none is available; see "sandglass doctor"'});
  if (missing.length > 0) return {kind: 'not-ready', missing};
  const languages = {available, unavailable: engine.languages.entries.length - available};
  return {kind: 'ready', report: {status: 'ready', store: 'writable', queue: depth, pool, languages}};
}

async function problemOf(store: ReadinessParts['store']): Promise<string | null> {
  const {promise: tooLate, reject} = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`no answer within ${STORE_TIMEOUT_MS} ms`)),
    STORE_TIMEOUT_MS,
  );
  try {
    await Promise.race([store.check(), tooLate]);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
  }
}
