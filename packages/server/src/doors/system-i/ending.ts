import {constants} from 'node:os';
import type {Run, Step} from '@sandglass/protocol';
import type {ServerMessage} from './messages.ts';

/** The last message about a finished run that nobody stopped. */
export function endingOf({run, compile, outcome, explanation}: Run): ServerMessage {
  const words = explanation?.message ?? '';
  if (run !== null) return {type: 'exit', return_code: returnCode(run), error: outcome === 'ok' ? '' : words};
  if (compile !== null && outcome !== 'cancelled' && outcome !== 'internal-error')
    return {type: 'compile_error', stderr: compilerWords(compile) || words};
  return {type: 'error', error: words || `The run ended without being started: ${outcome}.`};
}

/** Compilers complain on either stream. */
function compilerWords({stderr, stdout}: Step): string {
  return stderr === '' ? stdout : stderr;
}

/** The one number that the protocol has room for: the exit code, or 128 + n for signal n as a shell reports it (POSIX 2.8.2). */
function returnCode({exitCode, signal}: Step): number {
  if (exitCode !== null) return exitCode;
  const number = Object.entries(constants.signals).find(([name]) => name === signal)?.[1];
  return 128 + (number ?? Number(/^SIGRT(?:MIN\+)?(\d+)$/.exec(signal ?? '')?.[1] ?? 0));
}
