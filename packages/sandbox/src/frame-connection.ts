import type {Duplex} from 'node:stream';
import {type Frame, FrameDecoder, type FrameWriter} from '@sandglass/protocol/agent';

/** What happens on a connection, for whoever speaks on it at the moment. */
export interface FrameListener {
  /** `frame.payload` is not reused; keeping it keeps the whole read alive. What this throws closes the connection. */
  onFrame(frame: Frame): void;
  /** Once, after the last frame. `cause` is null when the peer simply ended the stream. */
  onClose(cause: Error | null): void;
}

/** Frames over any byte stream. Owns the stream: when either side is done, it is destroyed. */
export class FrameConnection {
  readonly #stream: Duplex;
  readonly #decoder: FrameDecoder;
  #listener: FrameListener | null = null;
  #isClosed = false;
  #cause: Error | null = null;

  /** @param maxPayloadBytes see `FrameDecoder`. */
  constructor(stream: Duplex, maxPayloadBytes: (type: number) => number | undefined) {
    this.#stream = stream;
    this.#decoder = new FrameDecoder(maxPayloadBytes);
    stream.on('data', (chunk: Buffer) => this.#receive(chunk));
    stream.on('error', (error: Error) => this.#close(error));
    stream.on('end', () => this.#close(null));
    stream.on('close', () => this.#close(null));
  }

  /** Hands what follows to a listener, in place of an earlier one; the rest of a read follows with the next frame. */
  listen(listener: FrameListener): void {
    this.#listener = listener;
    if (this.#isClosed) queueMicrotask(() => listener.onClose(this.#cause));
  }

  /** Bytes that the kernel has not taken yet. */
  get backlogBytes(): number {
    return this.#stream.writableLength;
  }

  /** Sends everything in the writer at once. After the end of the connection it is dropped: `onClose` has told. */
  send(writer: FrameWriter): void {
    if (this.#isClosed) return;
    const chunks = writer.finish();
    if (chunks.length > 1) this.#stream.cork();
    for (const chunk of chunks) this.#stream.write(chunk);
    if (chunks.length > 1) this.#stream.uncork();
  }

  /** Resolves when the backlog is gone or the connection closed. */
  async drained(): Promise<void> {
    if (this.#isClosed || !this.#stream.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#stream.off('drain', done);
        this.#stream.off('close', done);
        resolve();
      };
      this.#stream.on('drain', done);
      this.#stream.on('close', done);
    });
  }

  /** Closes without waiting for what is unsent. Idempotent. */
  close(cause: Error | null = null): void {
    this.#close(cause);
  }

  #receive(chunk: Buffer): void {
    if (this.#isClosed) return;
    try {
      this.#decoder.push(chunk);
      for (let frame = this.#decoder.next(); frame !== null; frame = this.#decoder.next()) {
        this.#listener?.onFrame(frame);
        if (this.#isClosed) return;
      }
    } catch (error) {
      this.#close(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #close(cause: Error | null): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cause = cause;
    this.#stream.destroy();
    this.#listener?.onClose(cause);
  }
}
