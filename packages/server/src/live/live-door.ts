import type {IncomingMessage, Server} from 'node:http';
import type {Socket} from 'node:net';
import type {Duplex} from 'node:stream';
import type {Principal} from '@sandglass/accounts';
import {SandglassError} from '@sandglass/protocol';
import {type WebSocket, WebSocketServer} from 'ws';
import {MAX_BODY_BYTES} from '../http/read-json.ts';
import {refuseUpgrade} from '../http/refuse-upgrade.ts';
import type {SessionPermit} from './session-permit.ts';
import {SessionPlaces} from './session-places.ts';

/** One client that is connected. It ends itself; its socket's end is its end. */
export interface SocketSession {
  /** Tells the client why, in its protocol, and closes. */
  fail(error: SandglassError): void;
}

/** Who opened a socket, and from where. */
export interface Caller {
  readonly principal: Principal;
  readonly address: string;
  /** Where another process looks after the client's allowance. */
  readonly permit?: SessionPermit;
}

export interface SocketConnection {
  readonly webSocket: WebSocket;
  readonly socket: Socket;
  readonly caller: Caller;
}

/** A protocol that is spoken over WebSockets, and where. */
export interface SocketProtocol {
  /** Without a query. */
  readonly paths: readonly string[];
  /**
   * What happens to a client for which there is no place: `tell` opens its session and fails it, because browsers show pages nothing
   * of a refused handshake; a number of milliseconds holds the handshake back for so long, then refuses it with 503.
   */
  readonly whenFull: 'tell' | {readonly waitMs: number; readonly retryAfterSeconds: number};
  open(connection: SocketConnection): SocketSession;
}

export interface LiveDoorOptions {
  readonly maxSessions: number;
  readonly protocols: readonly SocketProtocol[];
  /** Lets a handshake in, or throws why not. */
  readonly admit: (request: IncomingMessage) => Promise<Caller>;
}

/** Clients that do not answer the closing handshake are closed after this. */
const MAX_CLOSE_MS = 1000;

/** Where WebSockets come in (RFC 6455). A handshake that is refused is answered over HTTP, like any request. */
export class LiveDoor {
  readonly #protocols: ReadonlyMap<string, SocketProtocol>;
  readonly #places: SessionPlaces;
  readonly #admit: LiveDoorOptions['admit'];
  readonly #sessions = new Set<SocketSession>();
  // Compressing would cost memory for each socket and hide how much is on its way.
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: true,
    maxPayload: MAX_BODY_BYTES,
    perMessageDeflate: false,
  });

  constructor(server: Server, {maxSessions, protocols, admit}: LiveDoorOptions) {
    this.#admit = admit;
    this.#places = new SessionPlaces(maxSessions);
    this.#protocols = new Map(
      protocols.flatMap((protocol) => protocol.paths.map((path) => [path, protocol])),
    );
    server.on('upgrade', (request, socket, head) => void this.#onUpgrade(request, socket, head));
  }

  /** Ends every session; resolves when no socket is left, within about a second. */
  async close(): Promise<void> {
    this.#places.close();
    const reason = new SandglassError('shutting-down', 'The server is stopping. Try again shortly.');
    for (const session of this.#sessions) session.fail(reason);
    const {promise, resolve} = Promise.withResolvers<void>();
    const force = setTimeout(() => {
      for (const webSocket of this.#webSockets.clients) webSocket.terminate();
    }, MAX_CLOSE_MS);
    this.#webSockets.close(() => resolve());
    await promise;
    clearTimeout(force);
  }

  async #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // A client that goes away during the handshake concerns nobody.
    socket.on('error', () => undefined);
    try {
      const caller = await this.#admit(request);
      const protocol = this.#protocolAt(request.url?.split('?', 1)[0] ?? '');
      const hasPlace = await this.#findPlace(protocol);
      if (hasPlace) this.#giveBackWhenClosed(socket);
      // Upgrades of a TCP server come with its sockets.
      this.#webSockets.handleUpgrade(request, socket, head, (webSocket) =>
        this.#open(protocol.open({webSocket, socket: socket as Socket, caller}), socket, hasPlace),
      );
    } catch (error) {
      refuseUpgrade(socket, error);
    }
  }

  #protocolAt(path: string): SocketProtocol {
    const protocol = this.#protocols.get(path);
    if (protocol !== undefined) return protocol;
    const known = [...this.#protocols.keys()].join(', ');
    throw new SandglassError('not-found', `Cannot open a WebSocket here: it can be opened at ${known}.`);
  }

  /** False when the session is to be told that there is none. Throws `server-full`. */
  async #findPlace({whenFull}: SocketProtocol): Promise<boolean> {
    if (whenFull === 'tell') return this.#places.take();
    const {waitMs, retryAfterSeconds} = whenFull;
    if (await this.#places.wait(waitMs)) return true;
    throw new SandglassError('server-full', `${fullMessage(this.#places.max)} Waited ${waitMs} ms for one.`, {
      retryAfterSeconds,
    });
  }

  #giveBackWhenClosed(socket: Duplex): void {
    if (socket.destroyed) this.#places.giveBack();
    else socket.once('close', () => this.#places.giveBack());
  }

  #open(session: SocketSession, socket: Duplex, hasPlace: boolean): void {
    if (!hasPlace) {
      session.fail(new SandglassError('rate-limited', fullMessage(this.#places.max), {retryAfterSeconds: 5}));
      return;
    }
    this.#sessions.add(session);
    socket.once('close', () => this.#sessions.delete(session));
  }
}

function fullMessage(maxSessions: number): string {
  return `Cannot open a live session: ${maxSessions} are open already, which is the bound of this server. Close one, or try again later.`;
}
