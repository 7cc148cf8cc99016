import type {Diagnostic, Limits} from '@sandglass/protocol';
import type {ExitReport} from '@sandglass/sandbox';
import type {Verdict} from '../outcome/verdict.ts';
import type {Explained} from './codes.ts';
import {explainLimit} from './explain-limit.ts';
import {CANCELLED} from './explain-run.ts';
import {quantity} from './quantities.ts';

/** A compiler's end with everything that words about it are made of. */
export interface CompilerEnd {
  readonly verdict: Exclude<Verdict, {readonly kind: 'ok'}>;
  readonly exit: ExitReport;
  readonly limits: Limits;
  readonly diagnostics: readonly Diagnostic[];
}

const MAX_QUOTED = 300;

/** Says why there is no program to run. */
export function explainCompile({verdict, exit, limits, diagnostics}: CompilerEnd): Explained {
  switch (verdict.kind) {
    case 'cancelled':
      return CANCELLED;
    case 'limit':
      return explainLimit(verdict.cause, exit, {kind: 'compile', limits});
    case 'signaled':
      return {
        code: 'compiler-crashed',
        message: `The compiler itself crashed on these sources (${verdict.signal}). Often deep nesting or endless recursion in the sources does it; try a simpler form of them.`,
      };
    case 'failed':
      return {code: 'compile-error', message: refusal(diagnostics)};
    default:
      return verdict satisfies never;
  }
}

/** The program is there, but larger than what can be carried over to the run. */
export function explainTooLarge(allowedBytes: number): Explained {
  return {
    code: 'compile-output-too-large',
    message: `The compiler made more than ${quantity('diskBytes', allowedBytes)} of output, too much to run. Look for very large arrays with initial values.`,
    allowed: allowedBytes,
  };
}

function refusal(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({severity}) => severity === 'error');
  const [first] = errors;
  if (first === undefined)
    return 'The compiler could not make a program of the sources, so nothing was run. Its message is in the output of the compile stage.';
  const more =
    errors.length === 1 ? '' : ` ${errors.length} errors were found; the first often causes the others.`;
  return `The compiler found an error, so nothing was run: ${first.message.slice(0, MAX_QUOTED)} (${first.file}, line ${first.line}).${more}`;
}
