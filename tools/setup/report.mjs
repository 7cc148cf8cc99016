/**
 * All words of the set-up. They go to stderr: stdout belongs to the command that follows (`sandglass run --json` is
 * piped into other programs, and `npm start` prints its address there).
 */

const startOfLine = process.stderr.isTTY && !process.env.NO_COLOR ? '\u001b[2m›\u001b[0m ' : '› ';

/** One line of progress. */
export function say(message) {
  process.stderr.write(`${startOfLine}${message}\n`);
}

/** A reason to stop that the person at the terminal can act on. Shown without a stack. */
export class SetupError extends Error {
  /**
   * @param {string} message what was attempted, what came of it, and what to type next
   * @param {{exitCode?: number, cause?: unknown}} [options]
   */
  constructor(message, {exitCode = 1, cause} = {}) {
    super(message, {cause});
    this.name = 'SetupError';
    this.exitCode = exitCode;
  }
}

/** Prints why the set-up stopped and ends the process. */
export function stop(error) {
  const text = error instanceof SetupError ? error.message : (error?.stack ?? String(error));
  process.stderr.write(`\nSandglass could not be set up.\n${text}\n`);
  process.exit(error instanceof SetupError ? error.exitCode : 70);
}
