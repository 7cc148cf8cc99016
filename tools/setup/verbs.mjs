import {join} from 'node:path';
import {become} from './become.mjs';
import {browser, buildTools, imageTools, languages, machines, services} from './debian-packages.mjs';
import {withSetupLock} from './lock.mjs';
import {nativeBuild} from './native-build.mjs';
import {npmDependencies} from './npm-install.mjs';
import {checkBootstrapNode} from './pinned-node.mjs';
import {projectRoot} from './project-root.mjs';
import {SetupError, stop} from './report.mjs';
import {webBuild} from './web-build.mjs';

/**
 * What each verb goes on as, and the steps before it, in order. A step is `{isDone(), bring(lockFd)}`; looking costs
 * milliseconds, so a second start is quick.
 */
const VERBS = {
  serve: {
    script: 'packages/cli/src/main.ts',
    args: ['serve'],
    steps: [buildTools, npmDependencies, nativeBuild, webBuild, languages],
  },
  cli: {script: 'packages/cli/src/main.ts', args: [], steps: [buildTools, npmDependencies, nativeBuild]},
  test: {
    script: 'tools/run-tests/run.ts',
    args: [],
    steps: [
      buildTools,
      npmDependencies,
      nativeBuild,
      webBuild,
      languages,
      browser,
      services,
      machines,
      imageTools,
    ],
  },
  bench: {script: 'bench/run.ts', args: [], steps: [buildTools, npmDependencies, nativeBuild, languages]},
  check: {script: 'tools/check/run.ts', args: [], steps: [npmDependencies]},
};

/**
 * Brings what a verb needs and goes on as that verb.
 *
 * @param {string} name one of serve, cli, test, bench, check
 * @param {readonly string[]} args of the verb's own
 */
export async function startVerb(name, args) {
  const verb = VERBS[name];
  try {
    if (verb === undefined)
      throw new SetupError(`Unknown verb "${name}"; known ones: ${Object.keys(VERBS).join(', ')}.`, {
        exitCode: 64,
      });
    checkBootstrapNode();
    await prepare(verb.steps);
  } catch (error) {
    stop(error);
  }
  await become(join(projectRoot, verb.script), [...verb.args, ...args]);
}

/** The lock is for those who change something: when all is in place, any number may start at once. */
async function prepare(steps) {
  if (steps.every((step) => step.isDone())) return;
  await withSetupLock(async (lockFd) => {
    // Looked at again, one by one: whoever held the lock before may have done the work, and one step enables the next.
    for (const step of steps) if (!step.isDone()) await step.bring(lockFd);
  });
}
