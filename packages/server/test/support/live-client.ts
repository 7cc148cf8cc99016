import {once} from 'node:events';
import {WebSocket} from 'ws';

type Message = Readonly<Record<string, unknown>> & {readonly kind: string};

/** A client of `/v1/live` that remembers what it was told. */
export class LiveClient implements AsyncDisposable {
  readonly socket: WebSocket;
  readonly messages: Message[] = [];
  readonly closed: Promise<number>;
  #onMessage: (() => void) | null = null;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => {
      // The server sends nothing but messages of this shape.
      this.messages.push(JSON.parse(String(data)) as Message);
      this.#onMessage?.();
    });
    const {promise, resolve} = Promise.withResolvers<number>();
    this.closed = promise;
    socket.on('close', (code) => {
      this.#onMessage?.();
      resolve(code);
    });
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<LiveClient> {
    const client = new LiveClient(new WebSocket(`${url.replace('http', 'ws')}/v1/live`, {headers}));
    await once(client.socket, 'open');
    return client;
  }

  say(message: unknown): void {
    this.socket.send(JSON.stringify(message));
  }

  /** The first message of a kind, waited for. */
  async hears(kind: string): Promise<Message> {
    await this.until(() => this.messages.some((message) => message.kind === kind));
    const found = this.messages.find((message) => message.kind === kind);
    if (found === undefined) throw new Error(`closed without "${kind}": ${JSON.stringify(this.messages)}`);
    return found;
  }

  async until(isReached: () => boolean): Promise<void> {
    while (!isReached() && this.socket.readyState === WebSocket.OPEN) {
      const {promise, resolve} = Promise.withResolvers<void>();
      this.#onMessage = resolve;
      await promise;
    }
  }

  /** All bytes of a stream so far. */
  output(kind: string): Buffer {
    return Buffer.concat(
      this.messages
        .filter((message) => message.kind === kind)
        .map(({data, dataBase64}) =>
          typeof data === 'string' ? Buffer.from(data) : Buffer.from(String(dataBase64), 'base64'),
        ),
    );
  }

  get kinds(): string[] {
    return this.messages.map(({kind}) => kind);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.terminate();
    if (this.socket.readyState !== WebSocket.CLOSED) await this.closed;
  }
}
