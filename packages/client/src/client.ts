import type {Outcome, Run, RunEvent, RunRequest, RunState} from '@sandglass/protocol';
import type {AcceptedBatch, Batch, LanguageInfo, RunPage, ServerInfo} from './answers.ts';
import {followRun} from './follow-run.ts';
import {type ClientOptions, Transport} from './transport.ts';

export interface Abortable {
  readonly signal?: AbortSignal | undefined;
}

export interface SubmitOptions extends Abortable {
  /** The same key and request within 24 hours give the same run instead of a second one. */
  readonly idempotencyKey?: string | undefined;
}

export interface ListOptions extends Abortable {
  readonly state?: RunState;
  readonly outcome?: Outcome;
  readonly language?: string;
  /** Runs on a page. */
  readonly limit?: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string | undefined;
}

/** The server's own bound of one long poll. */
const LONG_POLL_MS = 60_000;

/**
 * A client of the HTTP API, for browsers and Node alike.
 *
 * Every method throws `ApiError` when the server refuses, `ConnectionError` when it cannot be reached, and the signal's
 * reason when aborted. A program that fails is no error: look at `outcome`.
 */
export class SandglassClient {
  readonly #transport: Transport;

  constructor(options: ClientOptions) {
    this.#transport = new Transport(options);
  }

  /** Submits and waits until the run is finished, however long it takes. Aborting stops waiting, not the run; see `cancel`. */
  async run(request: RunRequest, options: SubmitOptions = {}): Promise<Run> {
    const run = await this.#submit(request, LONG_POLL_MS, options);
    return run.state === 'finished' ? run : this.wait(run.id, options);
  }

  /** Submits without waiting; the run is accepted for certain once this resolves. */
  async submit(request: RunRequest, options: SubmitOptions = {}): Promise<Run> {
    return this.#submit(request, undefined, options);
  }

  /** Submits up to 1 000 runs at once: all are accepted, or none. The ids are in the order of the requests. */
  async submitBatch(
    requests: readonly RunRequest[],
    {signal, idempotencyKey}: SubmitOptions = {},
  ): Promise<AcceptedBatch> {
    const headers = {'idempotency-key': idempotencyKey};
    return this.#transport.json('/v1/batches', {method: 'POST', headers, body: {runs: requests}, signal});
  }

  async getBatch(id: string, {signal}: Abortable = {}): Promise<Batch> {
    return this.#transport.json(`/v1/batches/${encodeURIComponent(id)}`, {signal});
  }

  /** The run as it stands now. */
  async get(id: string, {signal}: Abortable = {}): Promise<Run> {
    return this.#transport.json(runPath(id), {signal});
  }

  /** Waits until the run is finished. */
  async wait(id: string, {signal}: Abortable = {}): Promise<Run> {
    for (;;) {
      const run = await this.#transport.json<Run>(runPath(id), {query: {wait: LONG_POLL_MS}, signal});
      if (run.state === 'finished') return run;
    }
  }

  /** Own runs, newest first. */
  async list({signal, ...filter}: ListOptions = {}): Promise<RunPage> {
    return this.#transport.json('/v1/runs', {query: filter, signal});
  }

  /** Stops the run: its processes are gone within a second. A finished run stays as it is. */
  async cancel(id: string, {signal}: Abortable = {}): Promise<Run> {
    return this.#transport.json(runPath(id), {method: 'DELETE', signal});
  }

  /**
   * What happens in the run, from its beginning to `finished`, which is the last one. A broken connection is taken up again
   * where it broke. Leaving the loop closes the connection; the run goes on.
   */
  events(id: string, options: Abortable & {readonly afterSeq?: number} = {}): AsyncGenerator<RunEvent> {
    return followRun(this.#transport, `${runPath(id)}/events`, options);
  }

  async languages({signal}: Abortable = {}): Promise<readonly LanguageInfo[]> {
    return this.#transport.json('/v1/languages', {signal});
  }

  async info({signal}: Abortable = {}): Promise<ServerInfo> {
    return this.#transport.json('/v1/info', {signal});
  }

  #submit(
    request: RunRequest,
    waitMs: number | undefined,
    {signal, idempotencyKey}: SubmitOptions,
  ): Promise<Run> {
    return this.#transport.json('/v1/runs', {
      method: 'POST',
      query: {wait: waitMs},
      headers: {'idempotency-key': idempotencyKey},
      body: request,
      signal,
    });
  }
}

function runPath(id: string): string {
  return `/v1/runs/${encodeURIComponent(id)}`;
}
