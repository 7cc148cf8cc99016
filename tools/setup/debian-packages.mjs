import {accessSync, constants, existsSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {nativeBuild} from './native-build.mjs';
import {SetupError, say} from './report.mjs';
import {runQuietly} from './run-quietly.mjs';
import {wantedLanguages} from './wanted-languages.mjs';

/** What sandboxed programs can reach, and so the only places where a toolchain counts. */
const TOOL_FOLDERS = ['/usr/bin', '/bin', '/usr/local/bin'];

/** What `make -C native` needs, by the file that shows it is there. */
const BUILD_TOOLS = [
  {isPresent: () => isProgram('cc'), packages: ['gcc']},
  {isPresent: () => isProgram('make'), packages: ['make']},
  {isPresent: () => existsSync('/usr/include/stdio.h'), packages: ['libc6-dev']},
];

/** Makes the agent start faster (native/Makefile); nobody has to have it. */
const MUSL = {isPresent: () => isProgram('musl-gcc'), packages: ['musl-tools']};

const isRoot = () => process.getuid?.() === 0;

/** Brings a C compiler and make, or says what to type for them and stops. Not needed once the native part is built. */
export const buildTools = {
  isDone: () => nativeBuild.isDone() || (missingBuildTools().length === 0 && !canBringMusl()),
  bring: bringBuildTools,
};

/**
 * Brings the toolchains of the languages: as root installs what is missing, else names the command. Never stops the set-up:
 * a missing toolchain only makes its language unavailable, and `sandglass languages` says so.
 */
export const languages = {
  isDone: () => missingLanguages().length === 0,
  bring: bringLanguages,
};

/** Brings the browser that the browser tests drive. Without it they are skipped and say so. */
export const browser = {
  isDone: () => isProgram('chromium'),
  bring: bringBrowser,
};

async function bringBrowser(lockFd) {
  if (!isRoot() || !isProgram('apt-get')) {
    say(`Browser tests are skipped: Chromium is not installed. To have it: ${aptCommand(['chromium'])}`);
    return;
  }
  const failure = await install(['chromium'], {what: 'the browser for the browser tests', lockFd});
  if (failure !== null) say(`Going on without browser tests; apt-get said:\n${failure}`);
}

/** Runs virtual machines, and makes the disks that their tests start from. */
const MACHINES = [
  {program: 'qemu-system-x86_64', packageName: 'qemu-system-x86'},
  {program: 'mmdebstrap', packageName: 'mmdebstrap'},
  {program: 'mkfs.erofs', packageName: 'erofs-utils'},
  {program: 'mke2fs', packageName: 'e2fsprogs'},
  // Modules of Debian 13's kernel.
  {program: 'xz', packageName: 'xz-utils'},
];

/** Brings what the tests of the microvm driver need. Without it they are skipped and say so. */
export const machines = {
  isDone: () => missingMachines().length === 0,
  bring: bringMachines,
};

/** Builds images, fetches them, and serves them in tests. */
const IMAGE_TOOLS = [
  {program: 'mmdebstrap', packageName: 'mmdebstrap'},
  {program: 'mkfs.erofs', packageName: 'erofs-utils'},
  {program: 'skopeo', packageName: 'skopeo'},
  {program: 'umoci', packageName: 'umoci'},
  {program: 'docker-registry', packageName: 'docker-registry'},
  {program: 'ip', packageName: 'iproute2'},
];

/** Brings what the tests of images and of network namespaces need. Without it they are skipped and say so. */
export const imageTools = {
  isDone: () => missingImageTools().length === 0,
  bring: bringImageTools,
};

function missingImageTools() {
  return IMAGE_TOOLS.filter(({program}) => !isProgram(program)).map(({packageName}) => packageName);
}

async function bringImageTools(lockFd) {
  const missing = missingImageTools();
  if (!isRoot() || !isProgram('apt-get')) {
    say(`Tests of images are skipped: not installed. To have them, as root: ${aptCommand(missing)}`);
    return;
  }
  const failure = await install(missing, {what: 'the tools for images', lockFd});
  if (failure !== null) say(`Going on without tests of images; apt-get said:\n${failure}`);
}

function missingMachines() {
  return MACHINES.filter(({program}) => !isProgram(program)).map(({packageName}) => packageName);
}

async function bringMachines(lockFd) {
  const missing = missingMachines();
  if (!isRoot() || !isProgram('apt-get')) {
    say(
      `Tests of virtual machines are skipped: not installed. To have them, as root: ${aptCommand(missing)}`,
    );
    return;
  }
  const failure = await install(missing, {what: 'the tools for virtual machines', lockFd});
  if (failure !== null) say(`Going on without virtual machines; apt-get said:\n${failure}`);
}

const POLICY = '/usr/sbin/policy-rc.d';

/** The servers that Sandglass scales out on and the runtimes of isolation levels, by what shows that each is there. */
const SERVICES = [
  {isPresent: hasPostgres, packageName: 'postgresql'},
  {isPresent: () => isProgram('redis-server'), packageName: 'redis-server'},
  {isPresent: () => existsSync('/usr/lib/rabbitmq/bin/rabbitmq-server'), packageName: 'rabbitmq-server'},
  {isPresent: () => existsSync('/usr/sbin/dockerd'), packageName: 'docker.io'},
  {isPresent: () => isProgram('podman'), packageName: 'podman'},
  // What lets an ordinary user start the two for himself.
  {isPresent: () => isProgram('rootlesskit'), packageName: 'rootlesskit'},
  {isPresent: () => isProgram('newuidmap'), packageName: 'uidmap'},
  {isPresent: () => isProgram('runsc'), packageName: 'runsc'},
  // The proxy of deploy/, and its certificate.
  {isPresent: () => existsSync('/usr/sbin/nginx'), packageName: 'nginx-light'},
  {isPresent: () => isProgram('openssl'), packageName: 'openssl'},
  // A peer of the benchmark.
  {isPresent: () => isProgram('bwrap'), packageName: 'bubblewrap'},
];

/** Brings the database, brokers and container runtimes that tests start for themselves. Without them their tests are skipped and say so. */
export const services = {
  isDone: () => missingServices().length === 0,
  bring: bringServices,
};

function missingServices() {
  return SERVICES.filter(({isPresent}) => !isPresent()).map(({packageName}) => packageName);
}

async function bringServices(lockFd) {
  const missing = missingServices();
  if (!isRoot() || !isProgram('apt-get')) {
    say(
      `Tests that need ${missing.join(', ')} are skipped: not installed. To have them: ${aptCommand(missing)}`,
    );
    return;
  }
  const failure = await withoutStarting(() =>
    install(missing, {what: 'the servers and container runtimes for the tests', lockFd}),
  );
  if (failure !== null) say(`Going on without ${missing.join(', ')}; apt-get said:\n${failure}`);
}

/**
 * Tests start servers of their own; those of the packages must not begin to serve on this machine because of a test run. The policy
 * is Debian's own means for that (invoke-rc.d(8)); one that the operator made stays as it is.
 */
async function withoutStarting(work) {
  const isOurs = !existsSync(POLICY);
  if (isOurs) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', {mode: 0o755});
  try {
    return await work();
  } finally {
    if (isOurs) rmSync(POLICY);
  }
}

function hasPostgres() {
  try {
    return readdirSync('/usr/lib/postgresql').some((version) =>
      existsSync(`/usr/lib/postgresql/${version}/bin/initdb`),
    );
  } catch {
    return false;
  }
}

function missingBuildTools() {
  return BUILD_TOOLS.filter((tool) => !tool.isPresent()).flatMap((tool) => tool.packages);
}

function canBringMusl() {
  return isRoot() && isProgram('apt-get') && !MUSL.isPresent();
}

async function bringBuildTools(lockFd) {
  if (canBringMusl()) {
    const failure = await install(MUSL.packages, {what: 'a small C library for the agent', lockFd});
    if (failure !== null) say('Going on without it: sandboxes start a little slower.');
  }
  const missing = missingBuildTools();
  if (missing.length === 0) return;
  if (!isProgram('apt-get')) {
    throw new SetupError(
      'A C compiler, make and the C library headers are needed to build the sandbox launcher; install them and try again.',
    );
  }
  if (!isRoot()) {
    throw new SetupError(
      `The sandbox launcher is built from C and needs ${missing.join(', ')}. Type this, then try again:\n  ${aptCommand(missing)}`,
    );
  }
  const failure = await install(missing, {what: 'Debian packages for the native build', lockFd});
  if (failure !== null) throw new SetupError(`Cannot install ${missing.join(', ')}:\n${failure}`);
}

function missingLanguages() {
  return wantedLanguages().filter(({programs}) => !programs.every(isProgram));
}

async function bringLanguages(lockFd) {
  const missing = missingLanguages();
  const names = missing.map(({id}) => id).join(', ');
  const packages = missing.flatMap((language) => language.packages);
  if (!isRoot() || !isProgram('apt-get')) {
    say(`Not installed, so not available: ${names}. To have them: ${aptCommand(packages)}`);
    return;
  }
  say(`Languages to install: ${names} (SANDGLASS_SETUP_LANGUAGES=none leaves them out)`);
  const failure = await install(packages, {what: `Debian packages for ${missing.length} languages`, lockFd});
  if (failure === null) return;
  say(`Going on without ${names}; apt-get said:\n${failure}\nTo try again: ${aptCommand(packages)}`);
}

/** Null when installed, else the end of what apt-get said. */
async function install(packages, {what, lockFd}) {
  say(`Installing ${what}: ${packages.join(' ')}`);
  const env = {...process.env, DEBIAN_FRONTEND: 'noninteractive'};
  const update = await runQuietly('apt-get', ['update'], {env, doing: 'reading the package lists', lockFd});
  // Old lists may still do, so a failing update is only told when the installation fails too.
  const args = ['install', '--yes', '--no-install-recommends', ...packages];
  const result = await runQuietly('apt-get', args, {env, doing: `installing ${what}`, lockFd});
  if (result.ok) say(`Installed (${update.seconds + result.seconds} s)`);
  return result.ok ? null : lastLines(update.ok ? result.output : `${update.output}\n${result.output}`);
}

function aptCommand(packages) {
  const command = `apt-get update && apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  return isRoot() ? command : `sudo sh -c '${command}'`;
}

function isProgram(name) {
  return TOOL_FOLDERS.some((folder) => {
    try {
      accessSync(`${folder}/${name}`, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function lastLines(text) {
  return text.split('\n').slice(-12).join('\n');
}
