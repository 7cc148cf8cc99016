import {connect, type Socket} from 'node:net';
import type {Destination} from './destinations.ts';
import {
  encodeFrame,
  encodeNumber,
  MAX_DATA_BYTES,
  RELAY_CLOSE,
  RELAY_CREDIT,
  RELAY_DATA,
  WINDOW_BYTES,
} from './relay-frames.ts';

const CONNECT_TIMEOUT_MS = 10_000;

export interface RelayChannelEvents {
  /** Once: the relay was told CLOSE, so that the channel's number may mean another connection from then on. */
  readonly onDone: () => void;
  /** Once, after that: the connection to the target is gone as well. */
  readonly onClosed: () => void;
}

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
  #hasProgramEnded = false;
  /** The relay has been told CLOSE, and may use the number again: nothing more is said about this connection. */
  #isDone = false;
  #isSocketClosed = false;
  readonly #events: RelayChannelEvents;

  constructor(parts: {id: number; target: Destination; send: (frame: Buffer) => void} & RelayChannelEvents) {
    this.#id = parts.id;
    this.#send = parts.send;
    this.#events = parts;
    // Half-open connections are ordinary: a client may end its side and still read the answer.
    this.#socket = connect({...parts.target, allowHalfOpen: true});
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
        this.#say(encodeFrame(RELAY_CREDIT, this.#id, encodeNumber(payload.length))),
      );
    if (isLast) {
      this.#hasProgramEnded = true;
      this.#socket.end();
      this.#finishIfEnded();
    }
    return true;
  }

  /** The relay took so much of what was sent. False when that is more than it was sent: the window bounds what waits here for a program that does not read. */
  grant(bytes: number): boolean {
    if (bytes > WINDOW_BYTES - this.#credit) return false;
    this.#credit += bytes;
    this.#flush();
    return true;
  }

  /** Breaks the connection off. */
  close(): void {
    this.#finish();
    this.#socket.destroy();
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
      this.#say(encodeFrame(RELAY_DATA, this.#id, piece));
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
    this.#say(encodeFrame(RELAY_DATA, this.#id, Buffer.alloc(0), true));
    this.#finishIfEnded();
  }

  /** A target that has sent everything may be closed long before a slow program has taken what is held: the channel lives until then. */
  #onClose(hadError: boolean): void {
    this.#isSocketClosed = true;
    if (this.#isDone) this.#events.onClosed();
    else if (hadError || this.#end === 'open') this.#finish();
  }

  #finishIfEnded(): void {
    if (this.#hasProgramEnded && this.#end === 'said') this.#finish();
  }

  #finish(): void {
    if (this.#isDone) return;
    this.#say(encodeFrame(RELAY_CLOSE, this.#id, Buffer.alloc(0)));
    this.#isDone = true;
    this.#events.onDone();
    if (this.#isSocketClosed) this.#events.onClosed();
  }

  #say(frame: Buffer): void {
    if (!this.#isDone) this.#send(frame);
  }
}
