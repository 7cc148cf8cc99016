const BAR = 24;

/** Where a long piece of work stands, on one line of a terminal; nothing elsewhere. */
export class Progress {
  readonly #out: NodeJS.WriteStream;
  readonly #startedAt = performance.now();
  readonly #steps: number;
  #done = 0;

  constructor(steps: number, out: NodeJS.WriteStream = process.stderr) {
    this.#steps = steps;
    this.#out = out;
  }

  /** Says what is done now; call before each of the steps. */
  step(what: string): void {
    const share = Math.min(1, this.#done / this.#steps);
    this.#done += 1;
    if (!this.#out.isTTY) return;
    const filled = Math.round(share * BAR);
    const bar = '█'.repeat(filled) + '░'.repeat(BAR - filled);
    const seconds = ((performance.now() - this.#startedAt) / 1000).toFixed(0);
    this.#out.write(`\r\u001b[K${bar} ${(share * 100).toFixed(0).padStart(3)} %  ${seconds} s  ${what}`);
  }

  end(): void {
    if (this.#out.isTTY) this.#out.write('\r\u001b[K');
  }
}
