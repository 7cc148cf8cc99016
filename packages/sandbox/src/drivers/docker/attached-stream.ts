import {Duplex} from 'node:stream';

/** Docker's framing of a container's output without a terminal: stream number, three zeros, length (big-endian). */
const HEADER_BYTES = 8;
const STDOUT = 1;

/** What is kept of standard error: enough for the last words of an agent that does not start. */
const KEPT_ERROR_BYTES = 2048;

/**
 * A container's stdin and stdout as one stream, over the connection that `attach` has become. Standard error goes to `lastWords`.
 * See https://docs.docker.com/reference/api/engine/ (ContainerAttach, stream format).
 */
export class AttachedStream extends Duplex {
  readonly #connection: Duplex;
  #header = Buffer.alloc(0);
  #left = 0;
  #isStdout = false;
  #words = Buffer.alloc(0);

  /** Takes the connection over. */
  constructor(connection: Duplex) {
    super({allowHalfOpen: false});
    this.#connection = connection;
    connection.on('data', (chunk: Buffer) => this.#receive(chunk));
    connection.on('end', () => this.push(null));
    connection.on('close', () => this.push(null));
    connection.on('error', (error: Error) => this.destroy(error));
  }

  /** What was printed on standard error last, as text. */
  get lastWords(): string {
    return this.#words.toString().trim();
  }

  override _read(): void {
    this.#connection.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#connection.write(chunk, done);
  }

  override _writev(chunks: readonly {readonly chunk: Buffer}[], done: (error?: Error | null) => void): void {
    this.#connection.cork();
    for (const {chunk} of chunks.slice(0, -1)) this.#connection.write(chunk);
    this.#connection.write(chunks.at(-1)?.chunk ?? Buffer.alloc(0), done);
    this.#connection.uncork();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#connection.destroy();
    done(error);
  }

  #receive(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#left === 0) {
        at = this.#takeHeader(chunk, at);
        continue;
      }
      const piece = chunk.subarray(at, at + this.#left);
      this.#left -= piece.length;
      at += piece.length;
      if (!this.#isStdout) this.#words = Buffer.concat([this.#words, piece]).subarray(-KEPT_ERROR_BYTES);
      else if (!this.push(piece)) this.#connection.pause();
    }
  }

  /** Returns where in the chunk to go on. Headers may be split anywhere. */
  #takeHeader(chunk: Buffer, at: number): number {
    const wanted = HEADER_BYTES - this.#header.length;
    this.#header = Buffer.concat([this.#header, chunk.subarray(at, at + wanted)]);
    if (this.#header.length === HEADER_BYTES) {
      this.#isStdout = this.#header[0] === STDOUT;
      this.#left = this.#header.readUInt32BE(4);
      this.#header = Buffer.alloc(0);
    }
    return at + wanted;
  }
}
