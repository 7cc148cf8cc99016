import type {OutputStream} from '@sandglass/sandbox';

/** The kept bytes of one stream. */
export interface CapturedStream {
  readonly bytes: Buffer;
  /** More came than was kept. */
  readonly isClipped: boolean;
}

/**
 * Keeps the first `limitBytes` of each output stream of one program, byte for byte. The agent keeps to the same bound, but it
 * lives beside the program and its word is not relied on: whatever arrives, no more than this is held.
 */
export class OutputCapture {
  readonly stdout: StreamCapture;
  readonly stderr: StreamCapture;

  constructor(limitBytes: number) {
    this.stdout = new StreamCapture(limitBytes);
    this.stderr = new StreamCapture(limitBytes);
  }

  /** Keeps what fits and returns it: the part that observers may see. A terminal's output counts as stdout. */
  add(stream: OutputStream, data: Uint8Array): Uint8Array {
    return (stream === 'stderr' ? this.stderr : this.stdout).add(data);
  }
}

class StreamCapture implements CapturedStream {
  readonly #limitBytes: number;
  readonly #chunks: Uint8Array[] = [];
  #length = 0;
  #isClipped = false;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks, this.#length);
  }

  get length(): number {
    return this.#length;
  }

  get isClipped(): boolean {
    return this.#isClipped;
  }

  add(data: Uint8Array): Uint8Array {
    const room = this.#limitBytes - this.#length;
    const kept = data.length <= room ? data : data.subarray(0, room);
    if (kept.length < data.length) this.#isClipped = true;
    if (kept.length > 0) this.#chunks.push(kept);
    this.#length += kept.length;
    return kept;
  }
}
