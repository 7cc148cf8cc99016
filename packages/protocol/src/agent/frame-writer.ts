import {SandglassError} from '../errors.ts';
import {FRAME_HEADER_BYTES, MAX_PAYLOAD_BYTES} from './frame.ts';

/** Room of a chunk when the caller expects nothing in particular: fits an EXEC with a small source file. */
const CHUNK_BYTES = 2048;

/** From this size on, data travels as a reference to the caller's memory instead of a copy next to its header. */
const REFERENCE_BYTES = 16_384;

const UINT32 = 0x1_0000_0000;

/**
 * Builds frames back to back, so that everything said at once leaves in one write. Small data is copied beside its header;
 * large data is referenced and must stay unchanged until it was written.
 */
export class FrameWriter {
  readonly #full: Buffer[] = [];
  #chunk: Buffer;
  #used = 0;
  #header: Buffer;
  #headerAt = 0;
  #payloadBytes = 0;

  /** @param expectedBytes what small fields are likely to take together; only a matter of speed. */
  constructor(expectedBytes: number = CHUNK_BYTES) {
    this.#chunk = Buffer.allocUnsafe(expectedBytes);
    this.#header = this.#chunk;
  }

  begin(type: number, flags: number, streamId: number): void {
    this.#room(FRAME_HEADER_BYTES);
    this.#header = this.#chunk;
    this.#headerAt = this.#used;
    this.#chunk[this.#used + 4] = type;
    this.#chunk[this.#used + 5] = flags;
    this.#chunk.writeUInt16LE(streamId, this.#used + 6);
    this.#used += FRAME_HEADER_BYTES;
    this.#payloadBytes = 0;
  }

  /** Fills in the length. Throws when the payload became longer than a frame may be. */
  end(): void {
    if (this.#payloadBytes > MAX_PAYLOAD_BYTES)
      throw new SandglassError(
        'exec-failed',
        `Cannot send a message of ${this.#payloadBytes} bytes into the sandbox: at most ${MAX_PAYLOAD_BYTES} fit. ` +
          'Pass fewer or shorter arguments and environment variables, or put the data into a file.',
      );
    this.#header.writeUInt32LE(this.#payloadBytes, this.#headerAt);
  }

  u8(value: number): void {
    const at = this.#take(1);
    this.#chunk.writeUInt8(value, at);
  }

  u16(value: number): void {
    const at = this.#take(2);
    this.#chunk.writeUInt16LE(value, at);
  }

  u32(value: number): void {
    const at = this.#take(4);
    this.#chunk.writeUInt32LE(value, at);
  }

  /** A whole number from 0 to 2^53 - 1. */
  u64(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0)
      throw new SandglassError(
        'internal-error',
        `Cannot encode ${value} as u64: a whole number of at least 0 is needed.`,
      );
    const at = this.#take(8);
    this.#chunk.writeUInt32LE(value % UINT32, at);
    this.#chunk.writeUInt32LE(Math.floor(value / UINT32), at + 4);
  }

  /** UTF-8 with its length in front. Throws for a NUL, which no path, argument or variable can hold. */
  str(value: string): void {
    if (value.includes('\0'))
      throw new SandglassError(
        'internal-error',
        `Cannot encode ${JSON.stringify(value.slice(0, 80))}: it contains a NUL character.`,
      );
    // UTF-8 takes at most three bytes for each UTF-16 unit; what is not needed is given back.
    const most = value.length * 3;
    const at = this.#take(4 + most);
    const bytes = this.#chunk.write(value, at + 4, most, 'utf8');
    this.#chunk.writeUInt32LE(bytes, at);
    this.#used -= most - bytes;
    this.#payloadBytes -= most - bytes;
  }

  /** Data up to the end of the frame. */
  raw(data: Uint8Array): void {
    if (data.length < REFERENCE_BYTES) {
      const at = this.#take(data.length);
      this.#chunk.set(data, at);
      return;
    }
    this.#closeChunk();
    this.#full.push(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    this.#payloadBytes += data.length;
  }

  /** Everything written, in order; usually a single buffer. The writer is used up. */
  finish(): readonly Buffer[] {
    this.#closeChunk();
    return this.#full;
  }

  #take(bytes: number): number {
    this.#room(bytes);
    const at = this.#used;
    this.#used += bytes;
    this.#payloadBytes += bytes;
    return at;
  }

  #room(bytes: number): void {
    if (this.#used + bytes <= this.#chunk.length) return;
    this.#closeChunk();
    if (bytes > this.#chunk.length) this.#chunk = Buffer.allocUnsafe(Math.max(bytes, CHUNK_BYTES));
  }

  /** Sets the used part of the chunk aside; the rest of it is used on. */
  #closeChunk(): void {
    if (this.#used > 0) this.#full.push(this.#chunk.subarray(0, this.#used));
    this.#chunk = this.#chunk.subarray(this.#used);
    this.#used = 0;
  }
}
