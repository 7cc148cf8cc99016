import type {Explanation} from '@sandglass/protocol';

/**
 * Every code of an explanation: what it says. Codes are stable and never reused; `docs/outcomes.md` lists the same ones and a test
 * compares the two.
 */
export const EXPLANATION_CODES = {
  'wall-time-limit': 'The program was still running at the end of its wall time.',
  'cpu-time-limit': 'All its processes together used up the processor time.',
  'memory-limit': 'The kernel stopped the program, or a process of it, for memory.',
  'runtime-memory-limit': "The language's runtime said that its memory was full.",
  'output-limit': 'More output than allowed, and `outputPolicy` is `stop`.',
  'disk-space-limit': 'The disk space was full, or too small for the files to begin with.',
  'disk-files-limit': 'No further file fitted into the disk space.',
  'file-size-limit': 'A file reached the size that one file may have.',
  'process-limit': 'A process or thread was refused, and the program failed.',
  'segmentation-fault': 'SIGSEGV: memory that is not its own.',
  aborted: 'SIGABRT, without a text that says why.',
  'assertion-failed': 'SIGABRT after a failed `assert`.',
  'uncaught-exception': 'SIGABRT after a C++ exception that nothing caught.',
  'arithmetic-error': 'SIGFPE: most often a division by zero.',
  'bus-error': 'SIGBUS.',
  'illegal-instruction': 'SIGILL.',
  trap: 'SIGTRAP.',
  'forbidden-system-call': 'SIGSYS.',
  'broken-pipe': 'SIGPIPE.',
  alarm: 'SIGALRM.',
  killed: 'SIGKILL that the program sent itself.',
  signal: 'Any other signal.',
  'syntax-error': "An interpreted program's source is not a program.",
  'uncaught-error': 'Non-zero exit after an error that `diagnostics` locates.',
  'command-not-found': 'Exit code 127, and stderr says that something was not found.',
  'command-not-executable': 'Exit code 126, and stderr says that something may not be executed.',
  'exit-code-of-signal': 'An exit code by which shells report a signal, such as 137.',
  'exit-code': 'Any other non-zero exit code.',
  'compile-error': 'The compiler refused the sources.',
  'compiler-crashed': 'A signal ended the compiler.',
  'compile-no-program': 'The compiler was content but left nothing to run.',
  'compile-output-too-large': 'The compiler made more than can be carried over to the run.',
  'compile-wall-time-limit': 'The compiler reached `compileLimits.wallTimeMs`.',
  'compile-cpu-time-limit': 'The compiler reached `compileLimits.cpuTimeMs`.',
  'compile-memory-limit': 'The compiler needed more than `compileLimits.memoryBytes`.',
  'compile-runtime-memory-limit': "The compiler's own runtime said that its memory was full.",
  'compile-output-limit': 'The compiler was stopped at `compileLimits.outputBytes`.',
  'compile-disk-space-limit': 'The compiler filled `compileLimits.diskBytes`, or the sources did.',
  'compile-disk-files-limit': 'The compiler made more files than fit into `compileLimits.diskBytes`.',
  'compile-file-size-limit': 'The compiler wrote a file up to `compileLimits.fileBytes`.',
  'compile-process-limit': 'The compiler needed more than `compileLimits.processes`.',
  'wrong-answer': 'A test was answered otherwise than expected.',
  'judge-failed': 'The checker or interactor of the request ended without a verdict.',
  'judge-compile-error': 'The checker or interactor of the request does not compile.',
  cancelled: 'The run was cancelled.',
} as const;
export type ExplanationCode = keyof typeof EXPLANATION_CODES;

/** An explanation whose code is one of the catalogue. */
export type Explained = Explanation & {readonly code: ExplanationCode};
