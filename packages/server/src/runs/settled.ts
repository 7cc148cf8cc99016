import {setTimeout as delay} from 'node:timers/promises';
import type {LiveRun} from './live-run.ts';

/** Waits until a run is settled or the signal aborts. An abandoned run counts as settled: the store then has the last word on it. */
export async function settledOrAborted(live: LiveRun, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const {promise, resolve} = Promise.withResolvers<void>();
  const onAbort = () => resolve();
  signal.addEventListener('abort', onAbort, {once: true});
  try {
    await Promise.race([live.finished.catch(() => undefined), promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** The same for at most `timeoutMs`. */
export async function settledWithin(live: LiveRun, timeoutMs: number, signal: AbortSignal): Promise<void> {
  const ended = new AbortController();
  const timer = delay(timeoutMs, undefined, {signal: ended.signal}).catch(() => undefined);
  try {
    await Promise.race([settledOrAborted(live, signal), timer]);
  } finally {
    ended.abort();
  }
}
