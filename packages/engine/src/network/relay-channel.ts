import {connect, type Socket} from 'node:net';
import {
  encodeFrame,
  encodeNumber,
  MAX_DATA_BYTES,
  RELAY_CLOSE,
  RELAY_CREDIT,
  RELAY_DATA,
  WINDOW_BYTES,
} from './relay-frames.ts';
import type {Target} from './target.ts';

const CONNECT_TIMEOUT_MS = 10_000;

/** One connection of the program to a target: dials it and carries bytes both ways, each side held back by the other's pace. */
export class RelayChannel {
  readonly #id: number;
  readonly #send: (frame: Buffer) => void;
  readonly #socket: Socket;
  /** Bytes that the relay still takes. */
  #credit = WINDOW_BYTES;
  /** Read from the target but not yet granted; at most one chunk, as the socket is paused meanwhile. */
  #held: Buffer = Buffer.alloc(0);
  /** The target sends no more; said once everything held was granted. */
  #end: 'open' | 'to-say' | 'said' = 'open';
  #isSocketClosed = false;
  readonly onClosed: () => void;

  constructor(parts: {id: number; target: Target; send: (frame: Buffer) => void; onClosed: () => void}) {
    this.#id = parts.id;
    this.#send = parts.send;
    this.onClosed = parts.onClosed;
    // Half-open connections are ordinary: a client may end its side and still read the answer.
    this.#socket = connect({host: parts.target.host, port: parts.target.port, allowHalfOpen: true});
    this.#socket.setTimeout(CONNECT_TIMEOUT_MS, () => this.#socket.destroy());
    this.#socket.once('connect', () => this.#socket.setTimeout(0));
    this.#socket.on('data', (data) => this.#onData(data));
    this.#socket.on('end', () => this.#onEnd());
    // A refused, broken or unknown target looks to the program like a connection that is reset.
    this.#socket.on('error', () => undefined);
    this.#socket.once('close', (hadError) => this.#onClose(hadError));
  }

  /** Bytes of the program. False when it sends more than it was granted. */
  receive(payload: Buffer, isLast: boolean): boolean {
    if (this.#socket.writableLength + payload.length > 2 * WINDOW_BYTES) return false;
    if (payload.length > 0)
      this.#socket.write(Buffer.from(payload), () =>
        this.#send(encodeFrame(RELAY_CREDIT, this.#id, encodeNumber(payload.length))),
      );
    if (isLast) this.#socket.end();
    return true;
  }

  /** The relay took so much of what was sent. False when that is more than it was sent: the window bounds what waits here for a program that does not read. */
  grant(bytes: number): boolean {
    if (bytes > WINDOW_BYTES - this.#credit) return false;
    this.#credit += bytes;
    this.#flush();
    return true;
  }

  close(): void {
    if (this.#isSocketClosed) this.onClosed();
    else this.#socket.destroy();
  }

  #onData(data: Buffer): void {
    this.#held = this.#held.length === 0 ? data : Buffer.concat([this.#held, data]);
    this.#flush();
  }

  #flush(): void {
    while (this.#held.length > 0 && this.#credit > 0) {
      const piece = this.#held.subarray(0, Math.min(this.#credit, MAX_DATA_BYTES));
      this.#held = this.#held.subarray(piece.length);
      this.#credit -= piece.length;
      this.#send(encodeFrame(RELAY_DATA, this.#id, piece));
    }
    if (this.#held.length > 0) this.#socket.pause();
    else if (this.#end === 'to-say') this.#sayEnd();
    else this.#socket.resume();
  }

  #onEnd(): void {
    this.#end = 'to-say';
    if (this.#held.length === 0) this.#sayEnd();
  }

  #sayEnd(): void {
    this.#end = 'said';
    this.#send(encodeFrame(RELAY_DATA, this.#id, Buffer.alloc(0), true));
    if (this.#isSocketClosed) this.onClosed();
  }

  /** A target that has sent everything may be closed long before a slow program has taken what is held: the channel lives until then. */
  #onClose(hadError: boolean): void {
    this.#isSocketClosed = true;
    if (hadError || this.#end === 'open') this.#send(encodeFrame(RELAY_CLOSE, this.#id, Buffer.alloc(0)));
    else if (this.#end === 'to-say') return;
    this.onClosed();
  }
}
