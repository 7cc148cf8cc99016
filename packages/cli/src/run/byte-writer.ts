import type {Writable} from 'node:stream';

/**
 * Writes bytes to one of our own streams as they are and waits while the reader is slow, so that the program is held back
 * and nothing piles up here. `onClosed` is called once when the reader has gone away (`| head`).
 */
export class ByteWriter {
  readonly #stream: Writable;
  #isClosed = false;

  constructor(stream: Writable, onClosed: () => void) {
    this.#stream = stream;
    stream.on('error', () => {
      this.#isClosed = true;
      onClosed();
    });
  }

  write(data: Uint8Array | string): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    return new Promise((resolve) => this.#stream.write(data, () => resolve()));
  }
}
