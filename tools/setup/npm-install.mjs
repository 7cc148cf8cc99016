import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {npmEnvironment} from './npm-environment.mjs';
import {fetchPinnedNode, isPinnedNodePresent} from './pinned-node.mjs';
import {projectRoot} from './project-root.mjs';
import {SetupError, say} from './report.mjs';
import {runQuietly} from './run-quietly.mjs';

/** Installs what package-lock.json names, and the Node that runs Sandglass. */
export const npmDependencies = {
  isDone: () => isInstalled() && isPinnedNodePresent(),
  bring: installDependencies,
};

async function installDependencies(lockFd) {
  const env = npmEnvironment();
  if (!isInstalled()) {
    say('Installing npm dependencies (npm ci)');
    // The dev dependencies are part of every set-up: `npm start` today and `npm test` tomorrow share one folder.
    const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
    const result = await runQuietly('npm', args, {
      cwd: projectRoot,
      env,
      doing: 'installing npm dependencies',
      lockFd,
    });
    if (!result.ok) throw new SetupError(explainFailure(result.output));
    say(`npm dependencies installed (${result.seconds} s)`);
  }
  if (!isPinnedNodePresent()) await fetchPinnedNode({env, lockFd});
}

/**
 * Compares package-lock.json with the record that npm writes at the very end of an installation
 * (node_modules/.package-lock.json), so an interrupted one counts as missing. Packages for other platforms are optional
 * and never installed.
 */
function isInstalled() {
  const wanted = readPackages(join(projectRoot, 'package-lock.json'));
  const installed = readPackages(join(projectRoot, 'node_modules/.package-lock.json'));
  if (wanted === null)
    throw new SetupError('Cannot read package-lock.json; restore it with: git checkout package-lock.json');
  if (installed === null) return false;
  const isSame = (path) =>
    wanted[path]?.version === installed[path]?.version && wanted[path]?.link === installed[path]?.link;
  const isComplete = Object.keys(wanted).every(
    (path) =>
      !path.startsWith('node_modules/') || isSame(path) || (wanted[path].optional && !installed[path]),
  );
  return isComplete && Object.keys(installed).every(isSame);
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages ?? null;
  } catch {
    // Missing or cut off in the middle: both mean that it has to be made again.
    return null;
  }
}

function explainFailure(output) {
  const isMissing = /spawn npm ENOENT/.test(output);
  const next = isMissing
    ? 'npm was not found; install it together with Node (Debian: apt-get install npm).'
    : 'Check that npm reaches its registry (npm ping) and that the disk has 1 GB free, then try again.';
  return `npm ci failed:\n${output}\n${next}`;
}
