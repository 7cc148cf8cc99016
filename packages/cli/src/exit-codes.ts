import {constants} from 'node:os';
import type {Outcome, RunResult, SandglassError} from '@sandglass/protocol';

/**
 * Exit codes of our own, apart from those that the run program chooses itself. 64 to 78 are those of sysexits.h; 124 is
 * what timeout(1) uses; 137 is what a shell shows for a program that was killed. docs/cli.md lists them.
 */
export const EXIT_CODES = {
  /** The command line is wrong. */
  usage: 64,
  /** The program does not compile. */
  compileError: 65,
  /** A file that was named cannot be read. */
  noInput: 66,
  /** Language, isolation or server cannot be had. */
  unavailable: 69,
  /** A fault inside Sandglass. */
  internal: 70,
  /** A file cannot be written. */
  cannotCreate: 73,
  /** Too busy now; trying again makes sense. */
  tryLater: 75,
  /** Not allowed. */
  notPermitted: 77,
  /** A setting is wrong. */
  configuration: 78,
  /** Wall or CPU time was used up. */
  timeLimit: 124,
  /** Memory, output, disk or process limit ended the program. */
  otherLimit: 137,
} as const;

/** The program's own exit code, 128 + n for a signal, or what {@link EXIT_CODES} says about its outcome. */
export function exitCodeOfRun({outcome, run}: Pick<RunResult, 'outcome' | 'run'>): number {
  switch (outcome) {
    case 'ok':
      return 0;
    case 'runtime-error':
      return run?.exitCode ?? 1;
    case 'signaled':
      return exitCodeOfSignal(run?.signal ?? 'SIGKILL');
    case 'wrong-answer':
      return 1;
    case 'compile-error':
      return EXIT_CODES.compileError;
    case 'time-limit':
      return EXIT_CODES.timeLimit;
    case 'memory-limit':
    case 'output-limit':
    case 'disk-limit':
    case 'process-limit':
      return EXIT_CODES.otherLimit;
    case 'cancelled':
      return exitCodeOfSignal('SIGINT');
    case 'internal-error':
      return EXIT_CODES.internal;
    default:
      return outcome satisfies never;
  }
}

/** 128 + n, as a shell reports it. Linux has real-time signals that Node has no name for. */
export function exitCodeOfSignal(signal: string): number {
  const number = Object.entries(constants.signals).find(([name]) => name === signal)?.[1];
  return 128 + (number ?? Number(/^SIGRT(?:MIN\+)?(\d+)$/.exec(signal)?.[1] ?? 0));
}

/** What a refusal or fault means to a shell script. */
export function exitCodeOfError(code: SandglassError['code']): number {
  switch (code) {
    case 'unknown-language':
    case 'invalid-request':
    case 'limit-too-high':
    case 'unsupported-feature':
    case 'callback-refused':
    case 'already-exists':
    case 'archive-refused':
      return EXIT_CODES.usage;
    case 'language-unavailable':
    case 'unknown-image':
    case 'image-unavailable':
    case 'image-refused':
    case 'isolation-unavailable':
    case 'not-found':
      return EXIT_CODES.unavailable;
    case 'network-not-allowed':
    case 'unauthorized':
    case 'forbidden':
    case 'storage-full':
    case 'assignment-closed':
      return EXIT_CODES.notPermitted;
    case 'rate-limited':
    case 'quota-exceeded':
    case 'server-full':
    case 'shutting-down':
    case 'not-ready':
      return EXIT_CODES.tryLater;
    case 'configuration-invalid':
      return EXIT_CODES.configuration;
    default:
      return EXIT_CODES.internal;
  }
}

/** Outcomes whose explanation is told even to a script, because the program itself has no chance to say it. */
export const UNSPOKEN_OUTCOMES: ReadonlySet<Outcome> = new Set([
  'time-limit',
  'memory-limit',
  'output-limit',
  'disk-limit',
  'process-limit',
  'internal-error',
]);
