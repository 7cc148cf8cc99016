import {FRAME_HEADER_BYTES, type Frame} from './frame.ts';
import {violation} from './violation.ts';

/** A frame that spans reads starts with this much room and doubles, so a long length alone reserves nothing. */
const FIRST_ROOM_BYTES = 4096;

/**
 * Cuts a byte stream into frames, however it was split. A frame that arrived in one piece is a view of that piece; only frames
 * that span pieces are copied, into room that grows with what really came and never past the announced length.
 */
export class FrameDecoder {
  readonly #maxPayloadBytes: (type: number) => number | undefined;
  #chunk: Buffer = EMPTY;
  #offset = 0;
  #partial: Buffer | null = null;
  #partialBytes = 0;

  /**
   * @param maxPayloadBytes the longest payload of a frame type, undefined for types that the peer must not send. Asked as soon as
   *   a header is there, before any of the payload is kept.
   */
  constructor(maxPayloadBytes: (type: number) => number | undefined) {
    this.#maxPayloadBytes = maxPayloadBytes;
  }

  /** Adds what was read. Call `next` until it returns null before adding more. */
  push(chunk: Uint8Array): void {
    if (this.#offset < this.#chunk.length)
      throw new Error('FrameDecoder.push was called before next() returned null.');
    this.#chunk = Buffer.isBuffer(chunk)
      ? chunk
      : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#offset = 0;
  }

  /** The next whole frame, or null when more bytes are needed. Throws `agent-protocol-violation`. */
  next(): Frame | null {
    return this.#partial === null ? this.#fromChunk() : this.#fromPartial(this.#partial);
  }

  #fromChunk(): Frame | null {
    const chunk = this.#chunk;
    const start = this.#offset;
    const available = chunk.length - start;
    if (available === 0) return this.#release();
    if (available < FRAME_HEADER_BYTES) return this.#keep(FRAME_HEADER_BYTES);
    const frameBytes = this.#frameBytes(chunk, start);
    if (available < frameBytes) return this.#keep(frameBytes);
    this.#offset = start + frameBytes;
    return frameAt(chunk, start, frameBytes);
  }

  #fromPartial(partial: Buffer): Frame | null {
    if (this.#partialBytes < FRAME_HEADER_BYTES && !this.#fill(FRAME_HEADER_BYTES)) return null;
    const frameBytes = this.#frameBytes(this.#partial ?? partial, 0);
    if (!this.#fill(frameBytes)) return null;
    const frame = frameAt(this.#partial ?? partial, 0, frameBytes);
    this.#partial = null;
    this.#partialBytes = 0;
    return frame;
  }

  /** Header checks: an unknown type or a too long payload ends it here, whatever was still to come. */
  #frameBytes(buffer: Buffer, start: number): number {
    const payloadBytes = buffer.readUInt32LE(start);
    const type = buffer.readUInt8(start + 4);
    const most = this.#maxPayloadBytes(type);
    if (most === undefined)
      throw violation(`frame type 0x${type.toString(16)} is unknown or not its to send`);
    if (payloadBytes > most)
      throw violation(
        `a payload of ${payloadBytes} bytes in a frame of type 0x${type.toString(16)}, at most ${most} are allowed`,
      );
    return FRAME_HEADER_BYTES + payloadBytes;
  }

  /** Begins a partial frame with what is left of the chunk. */
  #keep(wantedBytes: number): null {
    this.#partial = Buffer.allocUnsafeSlow(Math.min(wantedBytes, FIRST_ROOM_BYTES));
    this.#partialBytes = 0;
    this.#fill(wantedBytes);
    return this.#release();
  }

  /** Moves bytes from the chunk into the partial frame; true once it holds `wantedBytes`. */
  #fill(wantedBytes: number): boolean {
    const take = Math.min(wantedBytes - this.#partialBytes, this.#chunk.length - this.#offset);
    const filled = this.#partialBytes + take;
    let partial = this.#partial ?? EMPTY;
    if (filled > partial.length) {
      const grown = Buffer.allocUnsafeSlow(Math.min(wantedBytes, Math.max(filled, 2 * partial.length)));
      partial.copy(grown, 0, 0, this.#partialBytes);
      partial = grown;
    }
    this.#chunk.copy(partial, this.#partialBytes, this.#offset, this.#offset + take);
    this.#offset += take;
    this.#partial = partial;
    this.#partialBytes = filled;
    if (filled === wantedBytes) return true;
    this.#release();
    return false;
  }

  /** Lets go of a used-up chunk, so that an idle connection keeps no read buffer alive. */
  #release(): null {
    this.#chunk = EMPTY;
    this.#offset = 0;
    return null;
  }
}

const EMPTY = Buffer.alloc(0);

function frameAt(buffer: Buffer, start: number, frameBytes: number): Frame {
  return {
    type: buffer.readUInt8(start + 4),
    flags: buffer.readUInt8(start + 5),
    streamId: buffer.readUInt16LE(start + 6),
    payload: buffer.subarray(start + FRAME_HEADER_BYTES, start + frameBytes),
  };
}
