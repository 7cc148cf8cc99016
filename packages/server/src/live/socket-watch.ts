import type {WebSocket} from 'ws';

/** While the client is not read, only writing to it shows whether it is still there. */
const PRESSURE_PING_MS = 300;
const PING_MS = 20_000;

/** Notices a client that has gone without saying so, and holds back one that says more than can be taken. */
export class SocketWatch {
  readonly #webSocket: WebSocket;
  /** Whatever keeps the client from being read just now. */
  readonly #holds = new Set<string>();
  #pings: NodeJS.Timeout;
  #isAnswering = true;
  #isStopped = false;

  constructor(webSocket: WebSocket) {
    this.#webSocket = webSocket;
    this.#pings = setInterval(() => this.#ping(), PING_MS);
    webSocket.on('pong', () => {
      this.#isAnswering = true;
    });
  }

  /** The client is read only while there is no reason against it. */
  hold(reason: string, isHeld: boolean): void {
    const wasHeld = this.#holds.size > 0;
    if (this.#isStopped) return;
    if (isHeld) this.#holds.add(reason);
    else this.#holds.delete(reason);
    if (this.#holds.size > 0 === wasHeld) return;
    if (wasHeld) this.#webSocket.resume();
    else this.#webSocket.pause();
    clearInterval(this.#pings);
    this.#isAnswering = true;
    this.#pings = setInterval(() => this.#ping(), wasHeld ? PING_MS : PRESSURE_PING_MS);
  }

  /** From now on the client is read: its closing handshake must be seen even when its input was held back. Idempotent. */
  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#pings);
    if (this.#holds.size > 0) this.#webSocket.resume();
    this.#holds.clear();
  }

  #ping(): void {
    // A client whose messages wait unread cannot be seen to answer; a connection that is gone fails by the ping itself.
    if (!this.#isAnswering && this.#holds.size === 0) {
      this.#webSocket.terminate();
      return;
    }
    this.#isAnswering = false;
    this.#webSocket.ping();
  }
}
