import type {Explained, ExplanationCode} from './codes.ts';
import {tail} from './tail.ts';

interface SignalWords {
  readonly code: ExplanationCode;
  readonly message: string;
}

/** What a signal that ended a program usually means (signal(7)), most frequent first. */
const SIGNAL_WORDS: Readonly<Record<string, SignalWords>> = {
  SIGSEGV: {
    code: 'segmentation-fault',
    message:
      'The program touched memory that is not its own (SIGSEGV). Usual causes: a null or dangling pointer, an index out of range, or recursion that is too deep.',
  },
  SIGABRT: {
    code: 'aborted',
    message:
      'The program gave itself up (SIGABRT). Usual causes: a failed assert, an uncaught exception, abort(), or memory that was freed twice or written past its end.',
  },
  SIGFPE: {
    code: 'arithmetic-error',
    message: 'The program made an impossible calculation (SIGFPE), most often an integer division by zero.',
  },
  SIGBUS: {
    code: 'bus-error',
    message:
      'The program touched memory that has nothing behind it (SIGBUS), such as a mapped file that became shorter.',
  },
  SIGILL: {
    code: 'illegal-instruction',
    message:
      'The program reached an instruction that the processor refuses (SIGILL). Usual causes: a function that ends without its return, or a check that the compiler built in.',
  },
  SIGTRAP: {
    code: 'trap',
    message: 'The program ran into a check of its own runtime or compiler and was stopped by it (SIGTRAP).',
  },
  SIGSYS: {
    code: 'forbidden-system-call',
    message: 'The program asked the system for something that is not offered in the sandbox (SIGSYS).',
  },
  SIGPIPE: {
    code: 'broken-pipe',
    message: 'The program wrote to a pipe or connection that nobody reads any more (SIGPIPE).',
  },
  SIGALRM: {
    code: 'alarm',
    message: 'The program was ended by an alarm that it had set itself (SIGALRM).',
  },
  SIGKILL: {
    code: 'killed',
    message:
      'The program was killed (SIGKILL) by itself or by one of its own processes; no limit was reached.',
  },
};

/** An abort is explained by the last lines before it. */
const SEARCHED = 4096;
const MAX_QUOTED = 300;
const CPP_EXCEPTION =
  /^terminate called after throwing an instance of '([^'\n]{1,200})'(?:\n {2}what\(\): {2}([^\n]{0,300}))?/m;

/** Explains the signal that ended a program; `stderr` may name the cause of an abort more exactly. */
export function explainSignal(signal: string, stderr: string): Explained {
  if (signal === 'SIGABRT') return explainAbort(stderr) ?? known(signal);
  return known(signal);
}

function known(signal: string): Explained {
  const words = SIGNAL_WORDS[signal];
  return (
    words ?? {
      code: 'signal',
      message: `The program was ended by the signal ${signal}, sent by itself or by one of its own processes.`,
    }
  );
}

/** Texts of glibc's assert(3) and of libstdc++'s terminate handler. */
function explainAbort(stderr: string): Explained | null {
  const lastWords = tail(stderr, SEARCHED);
  const assertion = lastWords
    .split('\n')
    .find((line) => line.includes('Assertion ') && line.includes(' failed'));
  if (assertion !== undefined)
    return {
      code: 'assertion-failed',
      message: `An assert in the program did not hold, so it gave itself up (SIGABRT): ${assertion.slice(0, MAX_QUOTED)}`,
    };
  const exception = CPP_EXCEPTION.exec(lastWords);
  if (exception === null) return null;
  const [, type = '', what] = exception;
  return {
    code: 'uncaught-exception',
    message: `The program threw ${type}${what === undefined ? '' : ` (${what})`} and nothing caught it, so it was ended (SIGABRT).`,
  };
}
