import {isUtf8} from 'node:buffer';
import type {Socket} from 'node:net';
import type {Problem, Run, RunState, Step, TestResult} from '@sandglass/protocol';
import type {WebSocket} from 'ws';

/** What the server says on `/v1/live`. */
export type ServerMessage =
  | {readonly kind: 'accepted'; readonly id: string}
  | {readonly kind: 'state'; readonly state: RunState}
  | {readonly kind: 'compiled'; readonly compile: Step}
  | ({readonly kind: 'stdout' | 'stderr' | 'terminal'; readonly atMs: number} & OutputData)
  | {readonly kind: 'test'; readonly test: TestResult}
  | {readonly kind: 'finished'; readonly run: Run}
  | {readonly kind: 'error'; readonly problem: Problem};

export type OutputData = {readonly data: string} | {readonly dataBase64: string};

/** More than this on its way to the client holds the program's output back. */
const MAX_BUFFERED_BYTES = 256 * 1024;
/** A client that takes nothing for so long is gone, or would hold a sandbox for nothing. */
const MAX_STALL_MS = 30_000;

/** Text where the bytes are UTF-8, else base64. */
export function outputData(bytes: Uint8Array): OutputData {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isUtf8(buffer) ? {data: buffer.toString('utf8')} : {dataBase64: buffer.toString('base64')};
}

/** The way to one client: messages in order, and a promise to wait for when it reads slowly. */
export class Outbox<Message extends object> {
  readonly #webSocket: WebSocket;
  readonly #socket: Socket;

  constructor(webSocket: WebSocket, socket: Socket) {
    this.#webSocket = webSocket;
    this.#socket = socket;
  }

  /** Undefined when more may follow at once; else resolves when the client has read on, or is gone, for which it has 30 s. */
  send(message: Message): Promise<void> | undefined {
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return undefined;
    this.#webSocket.send(JSON.stringify(message));
    if (this.#webSocket.bufferedAmount <= MAX_BUFFERED_BYTES || !this.#socket.writableNeedDrain)
      return undefined;
    return this.#drained();
  }

  async #drained(): Promise<void> {
    const {promise, resolve} = Promise.withResolvers<void>();
    const stalled = setTimeout(() => this.#webSocket.terminate(), MAX_STALL_MS);
    this.#socket.once('drain', resolve);
    this.#socket.once('close', resolve);
    await promise;
    clearTimeout(stalled);
    this.#socket.off('drain', resolve);
    this.#socket.off('close', resolve);
  }
}
