import type {Diagnostic, Limits} from '@sandglass/protocol';
import type {ExitReport} from '@sandglass/sandbox';
import type {Verdict} from '../outcome/verdict.ts';
import type {Explained} from './codes.ts';
import {explainFailure} from './explain-failure.ts';
import {explainLimit} from './explain-limit.ts';
import {explainSignal} from './explain-signal.ts';

/** A program's end with everything that words about it are made of. */
export interface ProgramEnd {
  readonly verdict: Verdict;
  readonly exit: ExitReport;
  readonly limits: Limits;
  readonly stderr: string;
  readonly diagnostics: readonly Diagnostic[];
}

export const CANCELLED: Explained = {
  code: 'cancelled',
  message: 'The run was cancelled; its program was stopped. Output up to then is kept.',
};

/** Says why the program ended as it did; null when there is nothing to explain. */
export function explainRun({verdict, exit, limits, stderr, diagnostics}: ProgramEnd): Explained | null {
  switch (verdict.kind) {
    case 'ok':
      return null;
    case 'cancelled':
      return CANCELLED;
    case 'limit':
      return explainLimit(verdict.cause, exit, {kind: 'run', limits});
    case 'signaled':
      return explainSignal(verdict.signal, stderr);
    case 'failed':
      return explainFailure({exitCode: verdict.exitCode, stderr, diagnostics});
    default:
      return verdict satisfies never;
  }
}
