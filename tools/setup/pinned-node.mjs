import {existsSync, readFileSync, realpathSync} from 'node:fs';
import {join} from 'node:path';
import {projectRoot} from './project-root.mjs';
import {SetupError, say} from './report.mjs';
import {runQuietly} from './run-quietly.mjs';

/** Below this, the set-up scripts themselves do not run, and npm is too old for the lock file. */
const MIN_BOOTSTRAP_MAJOR = 20;

/** The Node that runs Sandglass: the npm package `node` puts it here, at the version that package-lock.json names. */
export const pinnedNodePath = join(projectRoot, 'node_modules/node/bin/node');

/** Throws unless the Node that runs the set-up can. */
export function checkBootstrapNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major >= MIN_BOOTSTRAP_MAJOR) return;
  throw new SetupError(
    `Cannot set up with Node ${process.versions.node}: version ${MIN_BOOTSTRAP_MAJOR} or newer is needed for the first step. ` +
      'Install the package nodejs of a current Debian or Ubuntu, or use a version manager.',
  );
}

/** The preinstall script links the binary into place in one step, so a name means a whole file. */
export function isPinnedNodePresent() {
  return existsSync(pinnedNodePath);
}

/** True when this very process is the pinned Node, so that the target can be imported instead of started. */
export function isPinnedNode() {
  return existsSync(pinnedNodePath) && realpathSync(process.execPath) === realpathSync(pinnedNodePath);
}

/**
 * Fetches the pinned binary. The package `node` does so in its preinstall script, which npm skips when scripts are
 * switched off (`ignore-scripts`) or not approved; then that one script is run here.
 */
export async function fetchPinnedNode({env, lockFd}) {
  const packageDir = join(projectRoot, 'node_modules/node');
  const {version} = JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8'));
  say(`Fetching Node ${version}, which runs Sandglass`);
  const result = await runQuietly(process.execPath, ['installArchSpecificPackage.js'], {
    cwd: packageDir,
    env: {...env, npm_config_ignore_scripts: 'false'},
    doing: `fetching Node ${version}`,
    lockFd,
  });
  if (result.ok && existsSync(pinnedNodePath)) return;
  throw new SetupError(
    `Cannot fetch Node ${version} for ${process.platform} ${process.arch}. ` +
      `npm said:\n${result.output}\nCheck that npm reaches its registry (npm ping), then try again.`,
  );
}
