import {type ChildProcess, execFileSync, spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {answers, mountsBelow} from './docker-daemon.ts';

/** A service of one's own takes root and the package, which the set-up brings then; elsewhere it says what is missing. */
export const hasPodman = process.getuid?.() === 0 && existsSync('/usr/bin/podman');
if (!hasPodman) process.stderr.write('Tests of Podman do not run: they need root and the package podman.\n');

const READY_WITHIN_MS = 30_000;
const GONE_WITHIN_MS = 20_000;
const CGROUPS = '/sys/fs/cgroup';

/** Podman's service of the tests' own, over a storage of its own. */
export class PodmanService implements AsyncDisposable {
  readonly socketPath: string;
  readonly #folder: string;
  readonly #service: ChildProcess;

  static async start(): Promise<PodmanService> {
    const service = new PodmanService(mkdtempSync(join(tmpdir(), 'sg-podman-')));
    const giveUpAt = performance.now() + READY_WITHIN_MS;
    while (!(await answers(service.socketPath))) {
      if (service.#service.exitCode !== null || performance.now() > giveUpAt)
        throw new Error(
          `podman did not start:\n${readFileSync(join(service.#folder, 'log'), 'utf8').slice(-2000)}`,
        );
      await delay(50);
    }
    return service;
  }

  private constructor(folder: string) {
    this.#folder = folder;
    this.socketPath = join(folder, 'podman.sock');
    const log = openSync(join(folder, 'log'), 'a');
    this.#service = spawn(
      'podman',
      [...this.#store(), 'system', 'service', '--time', '0', `unix://${this.socketPath}`],
      // Its monitors write a note there when something ran out of memory.
      {cwd: folder, stdio: ['ignore', log, log]},
    );
    closeSync(log);
  }

  /** Private folder for drivers. */
  get runDir(): string {
    return join(this.#folder, 'drivers');
  }

  /** What is there because of its containers. */
  traces(): string[] {
    const listed = execFileSync('podman', [...this.#store(), 'ps', '--all', '--quiet'], {encoding: 'utf8'});
    return listed
      .split('\n')
      .filter((id) => id !== '')
      .map((id) => `container ${id}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#service, 'exit');
    this.#service.kill('SIGTERM');
    await ended;
    // Podman's own clean-up of the last containers is a process of each, which may still be mounting and unmounting.
    for (const giveUpAt = performance.now() + GONE_WITHIN_MS; ; await delay(100)) {
      for (const path of mountsBelow(this.#folder).reverse()) spawnSync('umount', ['--lazy', path]);
      try {
        removeEmptyGroups();
        rmSync(this.#folder, {recursive: true, force: true});
        return;
      } catch (error) {
        if (performance.now() > giveUpAt) throw error;
      }
    }
  }

  /** Settings of the machine's own, if it has any, stay out of it. */
  #store(): string[] {
    const at = (name: string): string => join(this.#folder, name);
    return [
      ...['--root', at('root'), '--runroot', at('run'), '--tmpdir', at('tmp')],
      ...['--cgroup-manager', 'cgroupfs', '--events-backend', 'none'],
      ...['--runtime', existsSync('/usr/bin/crun') ? 'crun' : 'runc'],
    ];
  }
}

/** The parent that Podman makes for the groups of all containers, unless somebody else's are in it. Throws while a monitor of a container is ending. */
function removeEmptyGroups(): void {
  const mounts = [CGROUPS, ...readdirSync(CGROUPS).map((name) => join(CGROUPS, name))];
  for (const parent of mounts.map((mount) => join(mount, 'libpod_parent'))) {
    if (!existsSync(parent)) continue;
    const groups = readdirSync(parent, {withFileTypes: true}).filter((entry) => entry.isDirectory());
    if (groups.some(({name}) => name.startsWith('libpod-'))) continue;
    for (const {name} of groups) rmdirSync(join(parent, name));
    rmdirSync(parent);
  }
}
