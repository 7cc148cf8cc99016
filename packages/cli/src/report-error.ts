import {CliError} from './cli-error.ts';
import {EXIT_CODES, exitCodeOfError} from './exit-codes.ts';
import {styleFor} from './terminal/style.ts';

/**
 * Prints what went wrong and returns the exit code. Errors that a person can act on are one message; anything else is a
 * fault of ours and comes with its stack.
 */
export async function reportError(error: unknown): Promise<number> {
  const {SandglassError} = await import('@sandglass/protocol');
  const {ApiError, ConnectionError} = await import('@sandglass/client');
  if (error instanceof CliError) return tell(error.message, error.exitCode);
  if (error instanceof SandglassError) return tell(withFields(error), exitCodeOfError(error.code));
  if (error instanceof ApiError) {
    const code = error.code === 'unexpected-answer' ? EXIT_CODES.internal : exitCodeOfError(error.code);
    return tell(withFields(error), code);
  }
  if (error instanceof ConnectionError) return tell(error.message, EXIT_CODES.unavailable);
  const details = error instanceof Error ? error.stack : String(error);
  return tell(`A fault inside Sandglass: ${details}`, EXIT_CODES.internal);
}

function tell(message: string, exitCode: number): number {
  const prefix = styleFor(process.stderr)('red', 'sandglass:');
  process.stderr.write(`${prefix} ${message}\n`);
  return exitCode;
}

/** The message names the first field at fault; the others follow, one on a line. */
function withFields(error: {
  readonly message: string;
  readonly fields: readonly {readonly path: string; readonly message: string}[];
}): string {
  const more = error.fields.slice(1).map(({path, message}) => `\n  ${path} ${message}`);
  return error.message + more.join('');
}
