import type {Diagnostic} from '@sandglass/protocol';
import type {Job} from './job.ts';

/** Reading positions out of hostile text takes linear time, on the thread that serves everybody: more is not looked at. */
const MAX_SEARCHED = 512 * 1024;

/** Positions in a compiler's output: the first errors are the ones that count. */
export function diagnoseCompile(
  job: Job,
  {stdout, stderr}: {readonly stdout: string; readonly stderr: string},
) {
  const text = stdout === '' || stderr === '' ? stdout + stderr : `${stdout}\n${stderr}`;
  return diagnose(job, text.slice(0, MAX_SEARCHED), 'compile');
}

/** Positions in what a program wrote to stderr: the last error is the one that ended it. */
export function diagnoseRun(job: Job, {stderr}: {readonly stderr: string}) {
  return diagnose(job, stderr.slice(-MAX_SEARCHED), 'run');
}

function diagnose(job: Job, text: string, stage: 'compile' | 'run'): readonly Diagnostic[] {
  if (text === '') return [];
  return job.recipe.diagnose?.(text, stage, job) ?? [];
}
