import type {OutputStreamName} from '@sandglass/protocol/agent';

/** Neighbouring pieces of a stream are joined up to this size, so that a slow consumer is called less often. */
const JOINED_BYTES = 65_536;

/**
 * From this many pieces on, stdout and stderr are no longer kept in the order they came relative to each other (two pipes
 * promise none) but joined each for itself. Otherwise single bytes printed in turn would each cost a hundred of the worker's.
 */
const MAX_PIECES = 256;

interface Piece {
  readonly stream: OutputStreamName;
  buffer: Buffer;
  usedBytes: number;
}

/** Output that waits for its consumer, in order. Bounded by the credit that the agent was given. */
export class PendingOutput {
  readonly #pieces: Piece[] = [];

  /** Copies small data, so that it does not keep a whole read alive. */
  add(stream: OutputStreamName, data: Buffer): void {
    const piece = this.#pieceToJoin(stream, data.length);
    if (piece !== undefined) append(piece, data);
    else this.#pieces.push({stream, buffer: Buffer.from(data), usedBytes: data.length});
  }

  /** The oldest piece; undefined when there is none. */
  shift(): {readonly stream: OutputStreamName; readonly data: Buffer} | undefined {
    const piece = this.#pieces.shift();
    if (piece === undefined) return undefined;
    return {stream: piece.stream, data: piece.buffer.subarray(0, piece.usedBytes)};
  }

  #pieceToJoin(stream: OutputStreamName, bytes: number): Piece | undefined {
    if (this.#pieces.length >= MAX_PIECES) return this.#pieces.findLast((piece) => piece.stream === stream);
    const last = this.#pieces.at(-1);
    return last?.stream === stream && last.usedBytes + bytes <= JOINED_BYTES ? last : undefined;
  }
}

function append(piece: Piece, data: Buffer): void {
  const needed = piece.usedBytes + data.length;
  if (needed > piece.buffer.length) {
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, 2 * piece.buffer.length));
    piece.buffer.copy(grown, 0, 0, piece.usedBytes);
    piece.buffer = grown;
  }
  data.copy(piece.buffer, piece.usedBytes);
  piece.usedBytes = needed;
}
