import {type IncomingMessage, request, type Server} from 'node:http';
import type {Duplex} from 'node:stream';
import {SandglassError} from '@sandglass/protocol';
import {refuseUpgrade} from '../../http/refuse-upgrade.ts';
import type {Caller} from '../../live/live-door.ts';
import {SECRET_HEADER} from '../secret.ts';
import {CALLER_HEADER, encodeCaller} from '../worker/callers.ts';
import type {PermittedSession} from './session-permits.ts';
import type {WorkerDirectory} from './worker-directory.ts';

export interface LiveRelayParts {
  readonly admit: (request: IncomingMessage) => Promise<Caller>;
  /** Looks after the client's allowance. */
  readonly permit: (caller: Caller) => Promise<PermittedSession>;
  readonly directory: Pick<WorkerDirectory, 'leastBusy'>;
  readonly secret: string;
  readonly paths: readonly string[];
  readonly maxSessions: number;
}

/** Header fields of a handshake that concern the two ends (RFC 6455 section 4.1); nothing else of the client's goes on to a worker. */
const HANDSHAKE_HEADERS = [
  'connection',
  'upgrade',
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-websocket-protocol',
  'sec-websocket-extensions',
] as const;
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Joins WebSockets of clients to a worker each, byte for byte after the handshake: what a slow client does not read the program feels. Who the
 * client is is looked at here; the worker believes it because of the secret.
 */
export class LiveRelay {
  readonly #parts: LiveRelayParts;
  readonly #sockets = new Set<Duplex>();
  #isClosed = false;

  constructor(server: Server, parts: LiveRelayParts) {
    this.#parts = parts;
    server.on('upgrade', (incoming, socket, head) => void this.#onUpgrade(incoming, socket, head));
  }

  /** Ends every session; its run ends with it. */
  close(): void {
    this.#isClosed = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  async #onUpgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // A client that goes away during the handshake concerns nobody.
    socket.on('error', () => socket.destroy());
    try {
      const caller = await this.#parts.admit(incoming);
      this.#refuseWrongPath(incoming.url?.split('?', 1)[0] ?? '');
      this.#refuseTooMany();
      const {url} = this.#parts.directory.leastBusy();
      const {permit, end} = await this.#parts.permit(caller);
      if (socket.destroyed) return end();
      socket.once('close', end);
      this.#join(incoming, {socket, head}, {caller: {...caller, permit}, url});
    } catch (error) {
      refuseUpgrade(socket, error);
    }
  }

  #join(
    incoming: IncomingMessage,
    client: {readonly socket: Duplex; readonly head: Buffer},
    {caller, url}: {readonly caller: Caller; readonly url: string},
  ): void {
    const {socket, head} = client;
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    const headers = {
      ...Object.fromEntries(
        HANDSHAKE_HEADERS.flatMap((name) => {
          const value = incoming.headers[name];
          return value === undefined ? [] : [[name, value] as const];
        }),
      ),
      [SECRET_HEADER]: this.#parts.secret,
      [CALLER_HEADER]: encodeCaller(caller),
    };
    const outgoing = request(new URL(incoming.url ?? '/', url), {headers, timeout: CONNECT_TIMEOUT_MS});
    outgoing.once('timeout', () => outgoing.destroy(new Error('no answer in time')));
    outgoing.once('error', (cause) => refuseUpgrade(socket, workerLost(cause)));
    outgoing.once('response', (response) => {
      // The worker's refusal, as it is.
      socket.write(`HTTP/1.1 ${response.statusCode} ${response.statusMessage}\r\n${headLines(response)}\r\n`);
      response.pipe(socket);
    });
    outgoing.once('upgrade', (response, worker, workerHead) => {
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${headLines(response)}\r\n`);
      socket.write(workerHead);
      worker.write(head);
      worker.on('error', () => socket.destroy());
      socket.once('close', () => worker.destroy());
      worker.once('close', () => socket.destroy());
      socket.pipe(worker).pipe(socket);
    });
    outgoing.end();
  }

  #refuseWrongPath(path: string): void {
    const {paths} = this.#parts;
    if (paths.includes(path)) return;
    throw new SandglassError(
      'not-found',
      `Cannot open a WebSocket here: it can be opened at ${paths.join(', ')}.`,
    );
  }

  #refuseTooMany(): void {
    if (!this.#isClosed && this.#sockets.size < this.#parts.maxSessions) return;
    throw new SandglassError(
      'rate-limited',
      `Cannot open a live session: ${this.#parts.maxSessions} are open already, which is the bound of this process.`,
      {retryAfterSeconds: 5},
    );
  }
}

function headLines({rawHeaders}: IncomingMessage): string {
  let lines = '';
  for (let index = 0; index + 1 < rawHeaders.length; index += 2)
    lines += `${rawHeaders[index]}: ${rawHeaders[index + 1]}\r\n`;
  return lines;
}

function workerLost(cause: unknown): SandglassError {
  return new SandglassError(
    'server-full',
    'Cannot open a live session: its worker cannot be reached. Try again.',
    {
      cause,
      retryAfterSeconds: 2,
    },
  );
}
