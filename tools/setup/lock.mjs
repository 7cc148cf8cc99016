import {spawn} from 'node:child_process';
import {closeSync, mkdirSync, openSync} from 'node:fs';
import {join} from 'node:path';
import {projectRoot} from './project-root.mjs';
import {SetupError, say} from './report.mjs';

/** Longer than installing every toolchain over a slow line takes; after it, something else is wrong. */
const MAX_WAIT_MS = 30 * 60_000;

/**
 * Runs `work` while no other set-up of this clone runs; a second one waits.
 *
 * The lock is flock(2) on an open file, so the kernel frees it when its last holder ends in whatever way. `work` receives the
 * descriptor and hands it on to the programs that it starts: when a set-up is killed while npm goes on, npm still holds the
 * lock, and the next set-up does not write into the same folder.
 *
 * @template T
 * @param {(lockFd: number) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withSetupLock(work) {
  const folder = join(projectRoot, '.sandglass');
  mkdirSync(folder, {recursive: true});
  const lockFd = openSync(join(folder, 'setup.lock'), 'a');
  try {
    if (!(await flock(lockFd, ['-xn']))) {
      say('Waiting for another set-up of this folder to finish');
      if (!(await flock(lockFd, ['-x']))) throw new SetupError(explainWait());
    }
    return await work(lockFd);
  } finally {
    closeSync(lockFd);
  }
}

/**
 * flock(1) locks the open file that it inherits from us as descriptor 3, which stays locked after it has ended because we
 * hold the same open file. Node itself has no call for it.
 */
function flock(lockFd, options) {
  return new Promise((resolve, reject) => {
    const child = spawn('flock', [...options, '3'], {
      stdio: ['ignore', 'ignore', 'inherit', lockFd],
      timeout: MAX_WAIT_MS,
    });
    child.once('error', () =>
      reject(new SetupError('Cannot start flock(1); install the package util-linux.')),
    );
    child.once('exit', (code) => resolve(code === 0));
  });
}

function explainWait() {
  return (
    'Cannot start the set-up: another one of this folder has been running for 30 minutes. ' +
    'See what it does with: ps -ef | grep -e tools/setup -e "npm ci"'
  );
}
