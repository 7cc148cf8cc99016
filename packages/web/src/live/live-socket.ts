import type {RunRequest} from '@sandglass/protocol';
import type {LiveMessage} from '../session/live-message.ts';

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** What the page sends; see `/v1/live` in the API description. */
type ClientMessage =
  | {readonly kind: 'start'; readonly run: RunRequest; readonly terminal: TerminalSize}
  | {readonly kind: 'stdin'; readonly data: string}
  | ({readonly kind: 'resize'} & TerminalSize)
  | {readonly kind: 'stop'};

/** How a socket ended: never opened (then there may be no such door), or closed before the run was finished. */
export type SocketEnd = 'not-opened' | 'lost';

export interface LiveSocketOptions {
  readonly url: string;
  readonly request: RunRequest;
  readonly terminal: TerminalSize;
  readonly onMessage: (message: LiveMessage) => void;
  /** Called once, unless the run finished, was refused with a message, or `close` was called. */
  readonly onEnd: (end: SocketEnd) => void;
}

/** One run with a terminal over one WebSocket. The server kills the run when the socket closes. */
export class LiveSocket {
  readonly #socket: WebSocket;
  readonly #options: LiveSocketOptions;
  #state: 'opening' | 'open' | 'ended' = 'opening';
  /** Stop was asked for before there was anything to send it over. */
  #isStopWanted = false;

  constructor(options: LiveSocketOptions) {
    this.#options = options;
    this.#socket = new WebSocket(options.url);
    this.#socket.addEventListener('open', () => {
      this.#state = 'open';
      this.#send({kind: 'start', run: options.request, terminal: options.terminal});
      if (this.#isStopWanted) this.stop();
    });
    this.#socket.addEventListener('message', ({data}) => this.#receive(data));
    // An error is always followed by a close, which says no less.
    this.#socket.addEventListener('close', () => this.#ended());
  }

  /** Keys as typed, and what the terminal itself answers to the program. */
  sendInput(data: string): void {
    this.#send({kind: 'stdin', data});
  }

  resize(size: TerminalSize): void {
    this.#send({kind: 'resize', ...size});
  }

  /** Asks for the end; `finished` still follows. */
  stop(): void {
    this.#isStopWanted = true;
    this.#send({kind: 'stop'});
  }

  close(): void {
    this.#state = 'ended';
    this.#socket.close();
  }

  #send(message: ClientMessage): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #receive(data: unknown): void {
    if (this.#state === 'ended') return;
    // The server's contract vouches for the shape; end-to-end tests hold both together.
    const message = JSON.parse(String(data)) as LiveMessage;
    if (message.kind === 'finished' || message.kind === 'error') this.#state = 'ended';
    this.#options.onMessage(message);
  }

  #ended(): void {
    if (this.#state === 'ended') return;
    const end = this.#state === 'opening' ? 'not-opened' : 'lost';
    this.#state = 'ended';
    this.#options.onEnd(end);
  }
}
