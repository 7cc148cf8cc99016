import {fstatSync} from 'node:fs';
import {CliError} from '../cli-error.ts';
import {EXIT_CODES} from '../exit-codes.ts';

/** As much as the server takes for sources and input together. */
const MAX_BYTES = 32 * 1024 * 1024;
/** A pipe that nobody closes looks like a hang; then it is said what is waited for. */
const HINT_AFTER_MS = 2000;

/** True when something was redirected or piped to us; a terminal has nothing to give beforehand. */
export function isInputPiped(): boolean {
  try {
    const facts = fstatSync(0);
    return facts.isFIFO() || facts.isFile() || facts.isSocket();
  } catch {
    // Closed by whoever started us: no input.
    return false;
  }
}

/** Everything up to the end of our standard input. */
export async function readStandardInput(): Promise<Buffer> {
  const hint = setTimeout(() => {
    process.stderr.write(
      "sandglass: waiting for the end of standard input; --stdin '' runs the program without any\n",
    );
  }, HINT_AFTER_MS);
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of process.stdin) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MAX_BYTES) {
        throw new CliError(
          EXIT_CODES.usage,
          `Cannot run: standard input is longer than the ${MAX_BYTES} bytes that a run takes.`,
        );
      }
    }
  } finally {
    clearTimeout(hint);
  }
  return Buffer.concat(chunks);
}
