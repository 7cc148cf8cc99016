import type {Interaction, InteractiveProgram, TerminalSize} from '@sandglass/engine';

/** One write to the program; many small messages become few writes. */
const MAX_WRITE_BYTES = 64 * 1024;
/** What may wait for a program that does not read; past it the client is not read any more either. */
const MAX_WAITING_BYTES = 1024 * 1024;
/** What a message costs beside its bytes. */
const MESSAGE_BYTES = 64;

/**
 * What a client says to its program, in order. It may begin before the program has started: then it waits. `onPressure` is told when
 * more waits than may, and when there is room again.
 */
export class ProgramInput implements Interaction {
  #terminal: TerminalSize | null;
  readonly #onPressure: (isFull: boolean) => void;
  #program: InteractiveProgram | null = null;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #isEnding = false;
  #isWriting = false;
  #isFull = false;

  constructor(terminal: TerminalSize | null, onPressure: (isFull: boolean) => void) {
    this.#terminal = terminal;
    this.#onPressure = onPressure;
  }

  get terminal(): TerminalSize | null {
    return this.#terminal;
  }

  onProgram(program: InteractiveProgram): void {
    this.#program = program;
    void this.#pump(program);
  }

  /** After `end` further input is dropped, as a closed pipe's. */
  write(bytes: Uint8Array): void {
    if (this.#isEnding || bytes.length === 0) return;
    this.#waiting.push(bytes);
    this.#count(bytes.length + MESSAGE_BYTES);
    if (this.#program !== null) void this.#pump(this.#program);
  }

  end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    if (this.#program !== null) void this.#pump(this.#program);
  }

  resize(size: TerminalSize): void {
    if (this.#terminal === null) return;
    this.#terminal = size;
    this.#program?.resize(size.columns, size.rows);
  }

  /** To the foreground group, as the terminal would; before the program has started there is nobody to get it. Throws `invalid-request`. */
  signal(name: string): void {
    this.#program?.signal(name, 'group');
  }

  async #pump(program: InteractiveProgram): Promise<void> {
    if (this.#isWriting) return;
    this.#isWriting = true;
    try {
      while (this.#waiting.length > 0) await program.write(this.#take());
      if (this.#isEnding) program.end();
    } catch {
      // The program is lost with its sandbox, which the run's result says; nobody reads the rest.
      this.#isEnding = true;
      this.#waiting = [];
      this.#count(-this.#waitingBytes);
    } finally {
      this.#isWriting = false;
    }
  }

  #take(): Uint8Array {
    let count = 0;
    let bytes = 0;
    while (count < this.#waiting.length && (count === 0 || bytes < MAX_WRITE_BYTES))
      bytes += this.#waiting[count++]?.length ?? 0;
    const taken = this.#waiting.splice(0, count);
    this.#count(-(bytes + count * MESSAGE_BYTES));
    return Buffer.concat(taken);
  }

  #count(bytes: number): void {
    this.#waitingBytes += bytes;
    const isFull = this.#waitingBytes > MAX_WAITING_BYTES;
    if (isFull === this.#isFull) return;
    this.#isFull = isFull;
    this.#onPressure(isFull);
  }
}
