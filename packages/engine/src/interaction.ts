import type {Execution} from '@sandglass/sandbox';

/** Size of a terminal, in characters; 1 to 65 535 each. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** A running program as its talker sees it. After its end every call is without effect. */
export type InteractiveProgram = Pick<Execution, 'write' | 'end' | 'signal' | 'resize'>;

/**
 * Somebody talks to the program while it runs: stdin stays open until `end`, and every byte that the program writes is handed to
 * `onEvent`; `outputBytes` bounds only what the result keeps (unless `outputPolicy` is `stop`).
 */
export interface Interaction {
  /** The program's terminal as it is to be at the start; its output then comes as `stdout`. Null connects plain pipes. */
  readonly terminal: TerminalSize | null;
  /** Called once, when the program has been asked to start; the request's `stdin` goes ahead of what is written. Must not throw. */
  onProgram(program: InteractiveProgram): void;
}
