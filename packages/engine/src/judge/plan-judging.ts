import type {LanguageCatalogue} from '@sandglass/languages';
import type {Judging, Limits} from '@sandglass/protocol';
import {type Job, planJob} from '../pipeline/job.ts';
import {planJudge} from './judge-program.ts';

type Languages = Pick<LanguageCatalogue, 'resolve'>;

/** One test's run of the program. */
export function planTest(
  job: Job,
  judging: Judging,
  {test, languages}: {readonly test: Judging['tests'][number]; readonly languages: Languages},
): Job {
  const isInteractive = judging.interactor !== null;
  // With an interactor the input is its own; the program hears what the interactor says.
  const stdin = isInteractive ? new Uint8Array() : test.stdin;
  const spec = {...job.spec, stdin, args: test.args, limits: test.limits, artifacts: []};
  // The plan may depend on the limits: a virtual machine is told how much memory it has.
  return planJob(spec, languages, {isLive: isInteractive});
}

/** Throws what keeps the tests, the checker or the interactor from being planned, before anything runs. `limits` are those of judges. */
export function checkJudging(
  job: Job,
  judging: Judging,
  parts: {readonly languages: Languages; readonly limits: Limits},
): void {
  for (const test of judging.tests) planTest(job, judging, {test, languages: parts.languages});
  if (judging.checker.kind === 'program') planJudge(job, judging.checker, parts);
  if (judging.interactor !== null) planJudge(job, judging.interactor, parts);
}
