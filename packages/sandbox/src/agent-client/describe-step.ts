import {getSystemErrorMessage, getSystemErrorName} from 'node:util';
import {type StepResult, stepName} from '@sandglass/protocol/agent';

/** A failed step in words: `open-file of "a/b": ENOENT, no such file or directory`. */
export function describeStep(result: StepResult): string {
  const subject = result.detail === '' ? '' : ` (${result.detail})`;
  return `${stepName(result.step)}${subject}${result.errno === 0 ? '' : `: ${describeErrno(result.errno)}`}`;
}

function describeErrno(errno: number): string {
  // Node knows errors by their negative number and throws for numbers that are none.
  if (errno > 4095) return `error ${errno}`;
  return `${getSystemErrorName(-errno)}, ${getSystemErrorMessage(-errno)}`;
}
