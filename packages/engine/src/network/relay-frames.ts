/** Frames between worker and relay: the framing of docs/agent-protocol.md section 1, the types of section 7. */
export const RELAY_READY = 0x60;
export const RELAY_OPEN = 0x61;
export const RELAY_DATA = 0x62;
export const RELAY_CREDIT = 0x63;
export const RELAY_CLOSE = 0x64;
export const RELAY_LOOKUP = 0x65;
export const RELAY_NAME = 0x66;

/** What RELAY_NAME says instead of a number. */
export const NO_SUCH_NAME = 0xffff_ffff;
export const ASK_LATER = 0xffff_fffe;

export const FLAG_LAST = 2;
export const MAX_DATA_BYTES = 64 * 1024;
/** What either side may send on a channel before it is granted more. */
export const WINDOW_BYTES = 256 * 1024;
export const MAX_CHANNELS = 64;

const HEADER_BYTES = 8;

export interface RelayFrame {
  readonly type: number;
  readonly isLast: boolean;
  readonly channel: number;
  readonly payload: Buffer;
}

export function encodeFrame(type: number, channel: number, payload: Uint8Array, isLast = false): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  frame.writeUInt32LE(payload.length, 0);
  frame.writeUInt8(type, 4);
  frame.writeUInt8(isLast ? FLAG_LAST : 0, 5);
  frame.writeUInt16LE(channel, 6);
  frame.set(payload, HEADER_BYTES);
  return frame;
}

export function encodeNumber(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32LE(value, 0);
  return bytes;
}

/** Cuts a stream into frames. The relay is as hostile as the program beside it, so a frame past the bound ends the conversation. */
export class RelayDecoder {
  #buffered: Buffer = Buffer.alloc(0);

  /** Null when the stream breaks the rules. */
  push(data: Uint8Array): RelayFrame[] | null {
    this.#buffered = this.#buffered.length === 0 ? Buffer.from(data) : Buffer.concat([this.#buffered, data]);
    const frames: RelayFrame[] = [];
    while (this.#buffered.length >= HEADER_BYTES) {
      const length = this.#buffered.readUInt32LE(0);
      const channel = this.#buffered.readUInt16LE(6);
      if (length > MAX_DATA_BYTES || channel >= MAX_CHANNELS) return null;
      if (this.#buffered.length < HEADER_BYTES + length) break;
      frames.push({
        type: this.#buffered.readUInt8(4),
        isLast: (this.#buffered.readUInt8(5) & FLAG_LAST) !== 0,
        channel,
        payload: this.#buffered.subarray(HEADER_BYTES, HEADER_BYTES + length),
      });
      this.#buffered = this.#buffered.subarray(HEADER_BYTES + length);
    }
    return frames;
  }
}
