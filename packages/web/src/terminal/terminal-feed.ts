/** Carries a program's bytes to the terminal, which may appear after the first of them. */
export class TerminalFeed {
  #sink: TerminalSink | null = null;
  #waiting: (Uint8Array | 'reset')[] = [];

  /** The terminal takes over; what waited comes first. Returns how to let go. */
  attach(sink: TerminalSink): () => void {
    this.#sink = sink;
    for (const item of this.#waiting) this.#deliver(sink, item);
    this.#waiting = [];
    return () => {
      if (this.#sink === sink) this.#sink = null;
    };
  }

  write(bytes: Uint8Array): void {
    this.#push(bytes);
  }

  /** Words of the page itself, never of a program: they may hold escape sequences for colour. */
  writeText(text: string): void {
    this.#push(new TextEncoder().encode(text));
  }

  /** An empty screen in its first state, so that no program inherits what another did to the terminal. */
  reset(): void {
    this.#waiting = [];
    this.#push('reset');
  }

  get size(): {columns: number; rows: number} {
    return this.#sink?.size() ?? {columns: 80, rows: 24};
  }

  #push(item: Uint8Array | 'reset'): void {
    if (this.#sink === null) this.#waiting.push(item);
    else this.#deliver(this.#sink, item);
  }

  #deliver(sink: TerminalSink, item: Uint8Array | 'reset'): void {
    if (item === 'reset') sink.reset();
    else sink.write(item);
  }
}

export interface TerminalSink {
  write(bytes: Uint8Array): void;
  reset(): void;
  size(): {columns: number; rows: number};
}
