import type {ServerResponse} from 'node:http';

/** Proxies drop connections that say nothing; a comment every so often keeps them open. */
const HEARTBEAT_MS = 15_000;
/** A client that takes nothing for so long is gone, or would hold a connection for nothing. */
const MAX_STALL_MS = 30_000;

/**
 * One response as a stream of Server-Sent Events (HTML Living Standard, section 9.2). Sending waits for the client to read, for a
 * bounded time; afterwards, and when the client has gone, `closed` is aborted.
 */
export class EventStream implements Disposable {
  readonly closed: AbortSignal;
  readonly #response: ServerResponse;
  readonly #closing = new AbortController();
  readonly #heartbeat: NodeJS.Timeout;

  constructor(response: ServerResponse) {
    this.#response = response;
    this.closed = this.#closing.signal;
    response.once('close', () => this.#closing.abort());
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      // nginx collects answers by default, which would make live output late.
      'X-Accel-Buffering': 'no',
    });
    response.flushHeaders();
    this.#heartbeat = setInterval(() => {
      if (!response.writableNeedDrain) response.write(': still here\n\n');
    }, HEARTBEAT_MS);
  }

  async send(event: {readonly id: number; readonly name: string; readonly data: unknown}): Promise<void> {
    // JSON has no raw line breaks, so one data line is enough.
    await this.#write(`id: ${event.id}\nevent: ${event.name}\ndata: ${JSON.stringify(event.data)}\n\n`);
  }

  async comment(text: string): Promise<void> {
    await this.#write(`: ${text}\n\n`);
  }

  /** Ends the response; what was sent before still arrives. */
  [Symbol.dispose](): void {
    clearInterval(this.#heartbeat);
    this.#response.end();
  }

  async #write(text: string): Promise<void> {
    if (this.closed.aborted || this.#response.write(text)) return;
    const {promise, resolve} = Promise.withResolvers<void>();
    const stalled = setTimeout(() => this.#response.destroy(), MAX_STALL_MS);
    this.#response.once('drain', resolve);
    this.#response.once('close', resolve);
    await promise;
    clearTimeout(stalled);
    this.#response.off('drain', resolve);
    this.#response.off('close', resolve);
  }
}
