import {type ChildProcess, execFileSync, spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {
  chmodSync,
  chownSync,
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {nativeBuild} from '../../../support/native-build.ts';
import {descendants} from '../../linux/support/linux-traces.ts';
import {answers, mountsBelow} from './docker-daemon.ts';

/** Has a name, as `newuidmap` wants it, and nothing else. */
const USER = 'nobody';
const USER_ID = 65_534;
const MAPPED = 1_500_000;
const READY_WITHIN_MS = 30_000;
const PROGRAMS = '/usr/sbin:/usr/bin:/sbin:/bin:/usr/share/docker.io/contrib';

const isRoot = process.getuid?.() === 0;

/** To become another user takes root; the rest comes with packages. Says what is missing. */
export function hasPrograms(suite: string, paths: readonly string[]): boolean {
  const missing = ['/usr/bin/newuidmap', ...paths].filter((path) => !existsSync(path));
  if (isRoot && missing.length === 0) return true;
  const needs = isRoot ? missing.join(', ') : 'root';
  process.stderr.write(`The suite of ${suite} does not run: it needs ${needs}.\n`);
  return false;
}

/**
 * An ordinary user with subordinate ids, who has nothing but a home and a folder for sockets; and a daemon that he starts for himself. The ids are
 * given in a mount namespace of its own: /etc/subuid is the machine's.
 */
export class OrdinaryUser implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'sg-user-'));
  #daemon: ChildProcess | null = null;

  constructor() {
    chmodSync(this.folder, 0o755);
    for (const path of [this.home, this.runDir, join(this.runDir, 'podman')]) {
      mkdirSync(path, {mode: 0o700});
      chownSync(path, USER_ID, USER_ID);
    }
    writeFileSync(this.#at('ids'), `${USER}:${MAPPED}:65536\n`);
    mkdirSync(this.nativeDir, {mode: 0o755});
    cpSync(join(nativeBuild(), 'sandglass-agent'), join(this.nativeDir, 'sandglass-agent'));
  }

  get home(): string {
    return this.#at('home');
  }

  /** `XDG_RUNTIME_DIR` */
  get runDir(): string {
    return this.#at('run');
  }

  /** The agent, where he and his daemon can read it. */
  get nativeDir(): string {
    return this.#at('native');
  }

  /** Docker as Debian's own script starts it for users. Without a network of its own, which takes a device that only root may open here. */
  async startDocker(): Promise<string> {
    const socketPath = join(this.runDir, 'docker.sock');
    const words = [
      ...['dockerd-rootless.sh', '--host', `unix://${socketPath}`, '--shutdown-timeout', '2'],
      ...['--data-root', join(this.home, 'data'), '--exec-root', join(this.runDir, 'exec')],
      ...['--pidfile', join(this.runDir, 'docker.pid')],
      ...['--bridge', 'none', '--iptables=false', '--ip6tables=false', '--userland-proxy=false'],
    ];
    const settings = {
      DOCKERD_ROOTLESS_ROOTLESSKIT_NET: 'host',
      DOCKERD_ROOTLESS_ROOTLESSKIT_PORT_DRIVER: 'none',
    };
    await this.#startDaemon(words, settings, socketPath);
    return socketPath;
  }

  async startPodman(): Promise<string> {
    const socketPath = join(this.runDir, 'podman/podman.sock');
    const words = [
      ...['podman', '--root', join(this.home, 'root'), '--runroot', join(this.runDir, 'root')],
      ...['--tmpdir', join(this.runDir, 'tmp'), '--cgroup-manager', 'cgroupfs', '--events-backend', 'none'],
      ...['--runtime', existsSync('/usr/bin/crun') ? 'crun' : 'runc'],
      ...['system', 'service', '--time', '0', `unix://${socketPath}`],
    ];
    await this.#startDaemon(words, {}, socketPath);
    return socketPath;
  }

  /** What is there because of containers of his Docker. */
  containers(): string[] {
    return readdirSync(join(this.home, 'data/containers')).map((name) => `container ${name.slice(0, 12)}`);
  }

  /** What a script of ours prints as this user, as JSON. Its daemon is where users have theirs. */
  ask(script: string): unknown {
    const words = [...this.#asUser({}), process.execPath, script, this.nativeDir, this.runDir];
    const [program = '', ...args] = words;
    const {status, stdout, stderr} = spawnSync(program, args, {
      ...{input: '', encoding: 'utf8', cwd: '/', timeout: 120_000},
    });
    if (status !== 0) throw new Error(`${script} ended with ${status}:\n${stderr}`);
    return JSON.parse(stdout);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#daemon !== null && this.#daemon.exitCode === null && this.#daemon.signalCode === null) {
      const ended = once(this.#daemon, 'exit');
      // The first process of the namespace takes the others along, and `unshare` ends after it.
      for (const pid of descendants(this.#daemon.pid ?? 0)) endNow(pid);
      await ended;
    }
    for (const path of mountsBelow(this.folder).reverse()) execFileSync('umount', ['--lazy', path]);
    rmSync(this.folder, {recursive: true, force: true, maxRetries: 20, retryDelay: 100});
  }

  async #startDaemon(
    words: readonly string[],
    settings: Readonly<Record<string, string>>,
    socketPath: string,
  ): Promise<void> {
    const script = 'for f in /etc/subuid /etc/subgid; do mount --bind "$0" $f || exit 1; done; exec "$@"';
    const command = ['sh', '-c', script, this.#at('ids'), ...this.#asUser(settings), ...words];
    const log = openSync(this.#at('log'), 'a');
    // In a PID namespace of its own: Podman leaves processes behind that hold its namespaces, and they end with its first.
    const namespaces = [
      '--mount',
      '--propagation',
      'slave',
      '--pid',
      '--fork',
      '--kill-child',
      '--mount-proc',
    ];
    this.#daemon = spawn('unshare', [...namespaces, ...command], {
      cwd: '/',
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    const giveUpAt = performance.now() + READY_WITHIN_MS;
    while (!(await answers(socketPath))) {
      if (this.#daemon.exitCode !== null || performance.now() > giveUpAt)
        throw new Error(`${words[0]} did not start:\n${readFileSync(this.#at('log'), 'utf8').slice(-2000)}`);
      await delay(50);
    }
  }

  #asUser(settings: Readonly<Record<string, string>>): string[] {
    const env = {HOME: this.home, XDG_RUNTIME_DIR: this.runDir, PATH: PROGRAMS, ...settings};
    return [
      ...['setpriv', `--reuid=${USER_ID}`, `--regid=${USER_ID}`, '--clear-groups'],
      ...['env', '--ignore-environment', ...Object.entries(env).map(([name, value]) => `${name}=${value}`)],
    ];
  }

  #at(name: string): string {
    return join(this.folder, name);
  }
}

function endNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // ESRCH: another has taken it along.
  }
}
