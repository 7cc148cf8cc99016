import type {InteractiveProgram, TerminalSize} from '@sandglass/engine';

/** Ctrl-]: the key that ends a run whose program ignores Ctrl-C, as in telnet(1). */
const STOP_KEY = 0x1d;

/** A person at our terminal who talks to a program in the sandbox. */
export interface Talk extends Disposable {
  readonly terminal: TerminalSize;
  onProgram(program: Pick<InteractiveProgram, 'write' | 'resize'>): void;
}

/** True when both ends are a person's: input typed, output looked at. */
export function isAtTerminal(): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true;
}

/**
 * Hands our terminal to a program: keys go to it as they are typed (so Ctrl-C is the program's, by its own terminal), and it learns the
 * size of ours. Ctrl-] calls `onStop`. Disposing gives the terminal back as it was.
 */
export function talkAtTerminal(onStop: () => void): Talk {
  const {stdin, stdout} = process;
  let program: Parameters<Talk['onProgram']>[0] | null = null;
  const size = (): TerminalSize => ({columns: stdout.columns || 80, rows: stdout.rows || 24});
  const onKeys = (keys: Buffer) => {
    const stopAt = keys.indexOf(STOP_KEY);
    const typed = stopAt < 0 ? keys : keys.subarray(0, stopAt);
    if (stopAt >= 0) onStop();
    if (program === null || typed.length === 0) return;
    stdin.pause();
    // A program that has ended takes no more; its result says how.
    void program.write(typed).then(
      () => stdin.resume(),
      () => undefined,
    );
  };
  const onResize = () => program?.resize(size().columns, size().rows);
  return {
    get terminal() {
      return size();
    },
    onProgram: (started) => {
      program = started;
      stdin.setRawMode(true);
      stdin.on('data', onKeys);
      stdout.on('resize', onResize);
    },
    [Symbol.dispose]: () => {
      program = null;
      stdin.off('data', onKeys);
      stdout.off('resize', onResize);
      stdin.setRawMode(false);
      stdin.pause();
    },
  };
}
