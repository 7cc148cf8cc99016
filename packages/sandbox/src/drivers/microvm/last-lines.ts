import type {Readable} from 'node:stream';

/** A panic of a kernel takes some thirty lines. */
const KEPT_LINES = 40;
const MAX_LINE_CHARACTERS = 300;

/** Keeps the end of what a program says, to explain its own. Bounded whatever is said. */
export class LastLines {
  readonly #lines: string[] = [];
  readonly #onLine: ((line: string) => void) | undefined;
  #open = '';

  constructor(onLine?: (line: string) => void) {
    this.#onLine = onLine;
  }

  /** Reads the stream to its end. */
  follow(stream: Readable | null): void {
    stream?.setEncoding('latin1');
    stream?.on('data', (text: string) => this.#add(text));
    // The end of its writer is told elsewhere.
    stream?.on('error', () => {});
  }

  get lines(): readonly string[] {
    return this.#open === '' ? this.#lines : [...this.#lines, this.#open];
  }

  /** For the end of a message: empty when nothing was said. */
  quoted(): string {
    return this.lines.length === 0 ? '' : `; it said last: ${this.lines.join(' | ')}`;
  }

  #add(text: string): void {
    const pieces = (this.#open + text).split(/[\r\n]+/);
    this.#open = clean(pieces.pop() ?? '');
    for (const piece of pieces.map(clean)) {
      if (piece === '') continue;
      this.#lines.push(piece);
      if (this.#lines.length > KEPT_LINES) this.#lines.shift();
      this.#onLine?.(piece);
    }
  }
}

/** A guest can write anything to its console; what reaches a terminal or log is printable. */
function clean(line: string): string {
  return line.replace(/[^\x20-\x7e]/g, '').slice(0, MAX_LINE_CHARACTERS);
}
