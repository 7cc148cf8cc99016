import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {pinnedNodePath} from './pinned-node.mjs';
import {projectRoot} from './project-root.mjs';
import {SetupError, say} from './report.mjs';
import {runQuietly} from './run-quietly.mjs';
import {digestFolder, readStamp, writeStamp} from './source-stamp.mjs';

const webDir = join(projectRoot, 'packages/web');
const stampPath = join(webDir, 'dist/.built-from');

/** Builds the playground. Done when it stands and was built from the sources as they are. */
export const webBuild = {
  isDone: () => existsSync(join(webDir, 'dist/index.html')) && readStamp(stampPath) === sourceDigest(),
  bring: build,
};

async function build(lockFd) {
  const digest = sourceDigest();
  say('Building the playground (vite build)');
  const vite = join(projectRoot, 'node_modules/vite/bin/vite.js');
  // Vite empties dist first, the stamp with it, so a build that is broken off counts as missing.
  const result = await runQuietly(pinnedNodePath, [vite, 'build', '--logLevel=error'], {
    cwd: webDir,
    doing: 'building the playground',
    lockFd,
  });
  if (!result.ok) throw new SetupError(`Building the playground failed:\n${result.output}`);
  writeStamp(stampPath, digest);
}

/** The page is bundled with the packages that it imports. */
function sourceDigest() {
  const imported = ['client', 'protocol'].map((name) => join(projectRoot, 'packages', name));
  return [webDir, ...imported]
    .map((folder) => digestFolder(folder, {except: ['dist', 'test', 'node_modules']}))
    .join('-');
}
