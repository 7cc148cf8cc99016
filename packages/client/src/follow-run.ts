import type {RunEvent} from '@sandglass/protocol';
import {ApiError, ConnectionError} from './api-error.ts';
import {readServerSentEvents, type ServerSentEvent} from './server-sent-events.ts';
import type {Transport} from './transport.ts';

/** First wait before a broken connection is opened again; doubled each time up to the second. */
const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 5000;
/** Tries in a row without one new event, after which the server counts as gone. */
const MAX_TRIES = 10;

export interface FollowOptions {
  readonly signal?: AbortSignal | undefined;
  /** Only events after this number. */
  readonly afterSeq?: number;
}

/** Yields a run's events in order, each once, across broken connections, until `finished`. */
export async function* followRun(
  transport: Transport,
  path: string,
  {signal, afterSeq = 0}: FollowOptions,
): AsyncGenerator<RunEvent> {
  let lastSeq = afterSeq;
  for (let tries = 1; ; tries++) {
    try {
      for await (const event of openEvents(transport, path, {signal, afterSeq: lastSeq})) {
        lastSeq = event.seq;
        tries = 0;
        yield event;
        if (event.kind === 'finished') return;
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (!isWorthRetrying(error) || tries >= MAX_TRIES) throw error;
    }
    await sleep(Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** tries), signal);
  }
}

async function* openEvents(
  transport: Transport,
  path: string,
  {signal, afterSeq}: Required<FollowOptions>,
): AsyncGenerator<RunEvent> {
  const headers = {
    accept: 'text/event-stream',
    'last-event-id': afterSeq === 0 ? undefined : String(afterSeq),
  };
  const response = await transport.open(path, {headers, signal});
  if (response.body === null) throw new ConnectionError('The server sent an event stream without a body.');
  try {
    for await (const event of readServerSentEvents(response.body)) yield toRunEvent(event);
  } catch (error) {
    signal?.throwIfAborted();
    throw new ConnectionError('The event stream broke off.', {cause: error});
  }
  throw new ConnectionError('The event stream ended before the run was finished.');
}

/** The number and the kind travel beside the JSON, and the JSON of `finished` is the run itself. */
function toRunEvent({event, data, id}: ServerSentEvent): RunEvent {
  const payload: unknown = JSON.parse(data);
  const fields = event === 'finished' ? {run: payload} : payload;
  // The server's contract (openapi.json) vouches for the shape; end-to-end tests hold both together.
  return Object.assign({seq: Number(id), kind: event}, fields) as RunEvent;
}

/** A refusal stays one, except for "not now". */
function isWorthRetrying(error: unknown): boolean {
  return (
    error instanceof ConnectionError || (error instanceof ApiError && [429, 502, 503].includes(error.status))
  );
}

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, {once: true});
    if (signal?.aborted) onAbort();
  });
}
