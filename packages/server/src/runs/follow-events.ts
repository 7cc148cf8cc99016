import type {RunEvent} from '@sandglass/protocol';
import type {EventLog} from './event-log.ts';

/** What a follower meets: an event, or the news that some were dropped because it read too slowly. */
export type Followed =
  | {readonly kind: 'event'; readonly event: RunEvent}
  | {readonly kind: 'dropped'; readonly count: number};

/** Events of a log after number `afterSeq`: those kept first, then each as it happens, until the log ends or the signal aborts. */
export async function* followEvents(
  log: EventLog,
  afterSeq: number,
  signal: AbortSignal,
): AsyncGenerator<Followed> {
  let position = afterSeq;
  while (!signal.aborted) {
    const {events, dropped} = log.readAfter(position);
    if (dropped > 0) yield {kind: 'dropped', count: dropped};
    for (const event of events) {
      yield {kind: 'event', event};
      position = event.seq;
    }
    if (events.length > 0) continue; // More may have come while these were taken.
    if (log.isEnded) return;
    await changeOrAbort(log, signal);
  }
}

async function changeOrAbort(log: EventLog, signal: AbortSignal): Promise<void> {
  const {promise, resolve} = Promise.withResolvers<void>();
  const onAbort = () => resolve();
  const unsubscribe = log.subscribe(resolve);
  signal.addEventListener('abort', onAbort, {once: true});
  await promise;
  signal.removeEventListener('abort', onAbort);
  unsubscribe();
}
