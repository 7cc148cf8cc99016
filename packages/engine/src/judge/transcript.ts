const MAX_BYTES = 16 * 1024;
const MARKS = {program: '> ', interactor: '< '} as const;

/** The beginning of what two programs said to each other, as lines that say whose they are. */
export class Transcript {
  #text = '';
  #bytes = 0;
  #speaker: keyof typeof MARKS | null = null;
  #isFull = false;

  add(speaker: keyof typeof MARKS, data: Uint8Array): void {
    if (this.#isFull) return;
    const room = MAX_BYTES - this.#bytes;
    this.#isFull = data.length > room;
    this.#bytes += Math.min(room, data.length);
    const said = Buffer.from(data.subarray(0, room)).toString('utf8');
    const isNewLine = this.#text === '' || this.#text.endsWith('\n');
    if (this.#speaker !== speaker && !isNewLine) this.#text += '\n';
    const begins = this.#speaker !== speaker || isNewLine;
    const lines = said.replaceAll('\n', `\n${MARKS[speaker]}`);
    this.#text += begins ? MARKS[speaker] + lines : lines;
    // The mark of a line that has not begun belongs to whoever speaks next.
    if (said.endsWith('\n')) this.#text = this.#text.slice(0, -MARKS[speaker].length);
    this.#speaker = speaker;
  }

  get text(): string {
    return this.#isFull ? `${this.#text}…\n` : this.#text;
  }
}
