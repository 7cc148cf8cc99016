import {createInterface} from 'node:readline';
import {Readable} from 'node:stream';
import type {ReadableStream} from 'node:stream/web';
import type {Followed} from '../../runs/follow-events.ts';
import {SECRET_HEADER} from '../secret.ts';

export interface WorkerEventsOptions {
  readonly url: string;
  readonly secret: string;
  readonly runId: string;
  readonly lastSeq: number;
  readonly signal: AbortSignal;
}

/**
 * A run's events from the worker that has it. Lines are read as they are wanted: a follower that does not read holds back nothing but this
 * connection. Ends without an error when the worker has no such run, or when the connection breaks.
 */
export async function* workerEvents(options: WorkerEventsOptions): AsyncGenerator<Followed> {
  const {url, secret, runId, lastSeq, signal} = options;
  const address = `${url}/cluster/runs/${encodeURIComponent(runId)}/events?after=${lastSeq}`;
  try {
    const response = await fetch(address, {headers: {[SECRET_HEADER]: secret}, signal});
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      return;
    }
    // The two descriptions of the same class do not know each other.
    const body = Readable.fromWeb(response.body as ReadableStream);
    for await (const line of createInterface({input: body})) {
      // Written by the worker of our own installation only.
      if (line !== '') yield JSON.parse(line) as Followed;
    }
  } catch {
    // Whoever follows looks into the store what became of the run.
  }
}
