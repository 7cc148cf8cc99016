import {type AgentMessage, violation} from '@sandglass/protocol/agent';

const FIRST_ROOM_BYTES = 65_536;

export interface ReadContent {
  readonly content: Uint8Array;
  readonly isTruncated: boolean;
}

/**
 * Puts the DATA of a READ together. One byte more than wanted is asked for, so its presence tells that the file goes on.
 * Copies into one growing buffer: views would keep whole reads alive, thousands for a file that comes in single bytes.
 */
export class FileCollector {
  readonly #maxBytes: number;
  #buffer: Buffer = Buffer.alloc(0);
  #usedBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** What READ must ask for. */
  get askedBytes(): number {
    return this.#maxBytes + 1;
  }

  /** The file once its last part came, undefined before. Throws `agent-protocol-violation`. */
  take(message: AgentMessage): ReadContent | undefined {
    if (message.kind !== 'data') throw violation(`${message.kind} as an answer to a read`);
    const needed = this.#usedBytes + message.data.length;
    if (needed > this.askedBytes)
      throw violation(`${needed} bytes of a file of which ${this.askedBytes} were wanted`);
    this.#reserve(needed);
    message.data.copy(this.#buffer, this.#usedBytes);
    this.#usedBytes = needed;
    if (!message.isLast) return undefined;
    return {
      content: this.#buffer.subarray(0, Math.min(needed, this.#maxBytes)),
      isTruncated: needed > this.#maxBytes,
    };
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#buffer.length) return;
    const room = Math.min(this.askedBytes, Math.max(bytes, FIRST_ROOM_BYTES, 2 * this.#buffer.length));
    const grown = Buffer.allocUnsafeSlow(room);
    this.#buffer.copy(grown, 0, 0, this.#usedBytes);
    this.#buffer = grown;
  }
}
