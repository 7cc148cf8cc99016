import {constants} from 'node:os';
import type {Diagnostic} from '@sandglass/protocol';
import type {Explained} from './codes.ts';

/** What is known of a program that ended itself with a code other than 0. */
export interface Failure {
  readonly exitCode: number;
  readonly stderr: string;
  readonly diagnostics: readonly Diagnostic[];
}

/** An exception's text may hold all of the program's data; a sentence holds its beginning. */
const MAX_QUOTED = 300;
const SYNTAX_ERROR = /^(?:\w*SyntaxError|IndentationError|TabError)\b/;
/** Shells report a command's end by a signal as 128 + its number (POSIX 2.8.2). */
const SHELL_SIGNAL_BASE = 128;

/** Explains a non-zero exit code by what the program's language or shell said about it. */
export function explainFailure(failure: Failure): Explained {
  return explainError(failure) ?? explainShellCode(failure) ?? explainCode(failure);
}

/** The last one says most: Python prints what led to an error before it, Java prints the root of an error after it. */
function explainError({exitCode, diagnostics}: Failure): Explained | null {
  const error = diagnostics.findLast((diagnostic) => diagnostic.severity === 'error');
  if (error === undefined) return null;
  const what = error.message.slice(0, MAX_QUOTED);
  const where = `${error.file}, line ${error.line}`;
  if (SYNTAX_ERROR.test(error.message))
    return {
      code: 'syntax-error',
      message: `The program could not be understood and did not start: ${what} (${where}).`,
    };
  return {
    code: 'uncaught-error',
    message: `The program ended with exit code ${exitCode} after an error that nothing handled: ${what} (${where}).`,
  };
}

function explainShellCode({exitCode, stderr}: Failure): Explained | null {
  if (exitCode === 127 && /not found/.test(stderr))
    return {
      code: 'command-not-found',
      message: `The program ended with exit code 127: a command that it wanted to start does not exist here.`,
    };
  if (exitCode === 126 && /permission denied|cannot execute/i.test(stderr))
    return {
      code: 'command-not-executable',
      message: `The program ended with exit code 126: a file that it wanted to start is not executable.`,
    };
  const signal = signalName(exitCode - SHELL_SIGNAL_BASE);
  if (signal === null) return null;
  return {
    code: 'exit-code-of-signal',
    message: `The program ended by itself with exit code ${exitCode}. Shells report so that a command they started was ended by ${signal} (${SHELL_SIGNAL_BASE} + ${exitCode - SHELL_SIGNAL_BASE}).`,
  };
}

function explainCode({exitCode, stderr}: Failure): Explained {
  const hint = stderr.trim() === '' ? 'It wrote nothing to stderr.' : 'What it wrote to stderr may say more.';
  return {
    code: 'exit-code',
    message: `The program ended by itself with exit code ${exitCode}; 0 would mean success. ${hint}`,
  };
}

function signalName(number: number): string | null {
  const entry = Object.entries(constants.signals).find(([, value]) => value === number);
  return entry?.[0] ?? null;
}
