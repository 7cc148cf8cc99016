import type {Frame} from './frame.ts';
import {violation} from './violation.ts';

const UINT32 = 0x1_0000_0000;

/** Reads the fields of one payload in order. Every method throws `agent-protocol-violation` when the payload is too short. */
export class PayloadReader {
  readonly #payload: Buffer;
  readonly #type: number;
  #offset = 0;

  constructor(frame: Frame) {
    this.#payload = frame.payload;
    this.#type = frame.type;
  }

  get isAtEnd(): boolean {
    return this.#offset === this.#payload.length;
  }

  u8(): number {
    return this.#payload.readUInt8(this.#take(1));
  }

  u16(): number {
    return this.#payload.readUInt16LE(this.#take(2));
  }

  u32(): number {
    return this.#payload.readUInt32LE(this.#take(4));
  }

  i32(): number {
    return this.#payload.readInt32LE(this.#take(4));
  }

  /** A counter; refused past 2^53 - 1, which no honest one reaches. */
  u64(): number {
    const value = this.#u64();
    if (value > Number.MAX_SAFE_INTEGER) throw violation(`a counter of ${value} in ${this.#name()}`);
    return value;
  }

  /** A figure that a program can set to anything, such as a file's size; exact up to 2^53. */
  u64Rounded(): number {
    return this.#u64();
  }

  /** Nanoseconds since 1970, possibly before, as milliseconds. */
  i64NsAsMs(): number {
    return Number(this.#payload.readBigInt64LE(this.#take(8)) / 1_000_000n);
  }

  /** @param maxBytes longest allowed, in UTF-8 bytes. Bytes that are not UTF-8 become U+FFFD. */
  str(maxBytes: number): string {
    const bytes = this.u32();
    if (bytes > maxBytes) throw violation(`a text of ${bytes} bytes in ${this.#name()}, at most ${maxBytes}`);
    const start = this.#take(bytes);
    const text = this.#payload.toString('utf8', start, start + bytes);
    if (text.includes('\0')) throw violation(`a NUL in a text of ${this.#name()}`);
    return text;
  }

  /** Call last: anything left over is a violation. */
  end(): void {
    if (!this.isAtEnd)
      throw violation(`${this.#payload.length - this.#offset} bytes too many in ${this.#name()}`);
  }

  #u64(): number {
    const at = this.#take(8);
    return this.#payload.readUInt32LE(at + 4) * UINT32 + this.#payload.readUInt32LE(at);
  }

  #take(bytes: number): number {
    const at = this.#offset;
    if (bytes > this.#payload.length - at) throw violation(`${this.#name()} is too short`);
    this.#offset = at + bytes;
    return at;
  }

  #name(): string {
    return `a frame of type 0x${this.#type.toString(16)}`;
  }
}
