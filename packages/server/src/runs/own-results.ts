import type {IsolationReport, Outcome, RunResult} from '@sandglass/protocol';

/** What a result made without running the program still has to say. */
export interface ResultContext {
  readonly language: {readonly id: string; readonly version: string};
  readonly isolation: IsolationReport;
}

/** The run was cancelled while it waited: nothing of it was started. */
export function cancelledResult(context: ResultContext): RunResult {
  return resultWithoutRun(context, 'cancelled', 'The run was cancelled before its program was started.');
}

/** Sandglass failed, not the program; `reason` says at what, and never holds anything of the program. */
export function internalErrorResult(context: ResultContext, reason: string): RunResult {
  const message = `This is a fault of the server, not of the program: ${reason} Send the run again; if it fails again, tell the operator.`;
  return resultWithoutRun(context, 'internal-error', message);
}

function resultWithoutRun(
  {language, isolation}: ResultContext,
  outcome: Extract<Outcome, 'cancelled' | 'internal-error'>,
  message: string,
): RunResult {
  return {
    outcome,
    language,
    isolation,
    compile: null,
    run: null,
    tests: [],
    explanation: {code: outcome, message},
    diagnostics: [],
    artifacts: [],
    cached: {compile: false, result: false},
  };
}
