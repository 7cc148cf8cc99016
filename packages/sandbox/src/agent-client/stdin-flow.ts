import {SandglassError} from '@sandglass/protocol';
import {encodeWorkerMessage, FrameWriter, STDIN_WINDOW_BYTES, violation} from '@sandglass/protocol/agent';

const NOTHING = new Uint8Array(0);

/** Room for the headers of a few frames. */
const HEADERS_BYTES = 64;

interface PendingWrite {
  readonly data: Uint8Array;
  /** End of file after this data. */
  readonly isLast: boolean;
  sentBytes: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Sends stdin as fast as the program reads it: never more than the agent granted. */
export class StdinFlow {
  readonly #streamId: number;
  readonly #send: (writer: FrameWriter) => void;
  /** On a terminal an end of file is a key that was pressed, and typing may go on. */
  readonly #hasTerminal: boolean;
  readonly #pending: PendingWrite[] = [];
  #credit = STDIN_WINDOW_BYTES;
  #isEnded = false;
  /** Once the program is gone, input is dropped quietly, as a pipe without reader is its writer's normal end. */
  #isOver = false;
  #error: Error | null = null;

  constructor(options: {
    readonly streamId: number;
    readonly hasTerminal: boolean;
    readonly send: (writer: FrameWriter) => void;
  }) {
    this.#streamId = options.streamId;
    this.#hasTerminal = options.hasTerminal;
    this.#send = options.send;
  }

  /** Before `begin` is called again: what was sent went to a program that never began. */
  rewind(): void {
    this.#pending.length = 0;
    this.#credit = STDIN_WINDOW_BYTES;
    this.#isEnded = false;
  }

  /** Appends input known beforehand, and its end, to the message that starts the program; what exceeds the first credit follows. */
  begin(writer: FrameWriter, data: Uint8Array): void {
    const first = data.subarray(0, STDIN_WINDOW_BYTES);
    const isLast = first.length === data.length;
    this.#isEnded = true;
    this.#credit -= first.length;
    encodeWorkerMessage(writer, this.#streamId, {kind: 'stdin', data: first, isLast});
    if (!isLast)
      this.#pending.push({data, isLast: true, sentBytes: first.length, resolve: ignore, reject: ignore});
  }

  /** Resolves when all of it was sent, which the program's reading paces. `data` must not be changed afterwards. */
  async write(data: Uint8Array): Promise<void> {
    if (this.#error !== null) throw this.#error;
    if (this.#isOver || data.length === 0) return;
    if (this.#isEnded && !this.#hasTerminal)
      throw new SandglassError(
        'internal-error',
        'Cannot write to stdin: it was ended before. Call end() last.',
      );
    const {promise, resolve, reject} = Promise.withResolvers<void>();
    this.#pending.push({data, isLast: false, sentBytes: 0, resolve, reject});
    this.#flush();
    await promise;
  }

  /** End of file, after everything written before. Once is enough, except on a terminal. */
  end(): void {
    if (this.#isOver || (this.#isEnded && !this.#hasTerminal)) return;
    this.#isEnded = true;
    this.#pending.push({data: NOTHING, isLast: true, sentBytes: 0, resolve: ignore, reject: ignore});
    this.#flush();
  }

  /** Throws `agent-protocol-violation` when more is granted than was ever sent. */
  grant(bytes: number): void {
    if (this.#credit + bytes > STDIN_WINDOW_BYTES)
      throw violation(`a stdin credit of ${bytes} bytes on top of ${this.#credit} that are unused`);
    this.#credit += bytes;
    this.#flush();
  }

  /** The program is gone: whoever waits is done. */
  finish(): void {
    this.#isOver = true;
    for (const write of this.#pending.splice(0)) write.resolve();
  }

  fail(error: Error): void {
    this.#error = error;
    for (const write of this.#pending.splice(0)) write.reject(error);
  }

  #flush(): void {
    for (let write = this.#pending[0]; write !== undefined; write = this.#pending[0]) {
      const isWaiting = write.sentBytes < write.data.length && this.#credit === 0;
      if (isWaiting) return;
      const piece = write.data.subarray(write.sentBytes, write.sentBytes + this.#credit);
      write.sentBytes += piece.length;
      this.#credit -= piece.length;
      const isWhole = write.sentBytes === write.data.length;
      this.#sendPiece(piece, isWhole && write.isLast);
      if (!isWhole) return;
      this.#pending.shift();
      write.resolve();
    }
  }

  #sendPiece(data: Uint8Array, isLast: boolean): void {
    const writer = new FrameWriter(data.length + HEADERS_BYTES);
    encodeWorkerMessage(writer, this.#streamId, {kind: 'stdin', data, isLast});
    this.#send(writer);
  }
}

function ignore(): void {}
