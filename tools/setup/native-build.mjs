import {existsSync, mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {projectRoot} from './project-root.mjs';
import {SetupError, say} from './report.mjs';
import {runQuietly} from './run-quietly.mjs';
import {digestFolder, readStamp, writeStamp} from './source-stamp.mjs';

const nativeDir = join(projectRoot, 'native');
const buildDir = join(nativeDir, 'build');
const stampPath = join(buildDir, '.built-from');
/** Exists while make runs. Found at the start, it tells of a build killed half-way, whose object files may be cut off. */
const runningPath = join(buildDir, '.building');

/** Builds launcher and agent from C. Done when they stand and were built from the sources as they are. */
export const nativeBuild = {
  isDone: () => binariesExist() && readStamp(stampPath) === sourceDigest(),
  bring: build,
};

async function build(lockFd) {
  const digest = sourceDigest();
  const rebuildAll = existsSync(runningPath) ? ['--always-make'] : [];
  mkdirSync(buildDir, {recursive: true});
  writeFileSync(runningPath, '');
  say('Building the launcher and the agent (make -C native)');
  const result = await runQuietly('make', ['-C', nativeDir, '--silent', ...rebuildAll], {
    doing: 'building the native part',
    lockFd,
  });
  if (!result.ok || !binariesExist()) {
    throw new SetupError(
      `Building the native part failed:\n${result.output}\n` +
        'It needs a C compiler, make and the static C library (Debian: apt-get install gcc make libc6-dev).',
    );
  }
  rmSync(runningPath, {force: true});
  writeStamp(stampPath, digest);
}

function binariesExist() {
  return [
    'sandglass-agent',
    'sandglass-launcher',
    'sandglass-guest-init',
    'sandglass-machine',
    'sandglass-loopback',
  ].every((name) => existsSync(join(buildDir, name)));
}

function sourceDigest() {
  return digestFolder(nativeDir, {except: ['build', 'test']});
}
