import {type ChildProcess, execFileSync, spawn} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {once} from 'node:events';
import {
  chmodSync,
  createWriteStream,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {connect} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';

/** A daemon of one's own takes root and the package, which the set-up brings then; elsewhere it says what is missing. */
export const hasDocker = process.getuid?.() === 0 && existsSync('/usr/sbin/dockerd');
if (!hasDocker)
  process.stderr.write('Tests of the docker driver do not run: they need root and the package docker.io.\n');

const READY_WITHIN_MS = 30_000;
const CGROUPS = '/sys/fs/cgroup';

/** Has the ids; any user of a fresh Debian would do. */
const MAPPED_USER = 'daemon';

export interface DaemonOptions {
  /** The host's id that containers' root becomes; without it, containers have the host's ids. */
  readonly firstMappedId?: number;
  /** Of dockerd, besides those that keep it to itself. */
  readonly arguments?: readonly string[];
}

/**
 * A Docker daemon of the tests' own: its socket, its data and its containers' cgroups are nobody else's. It touches neither bridges nor packet
 * filters, as no container has a network.
 */
export class DockerDaemon implements AsyncDisposable {
  readonly socketPath: string;
  readonly #folder: string;
  readonly #cgroup: string;
  readonly #options: DaemonOptions;
  #containerd: ChildProcess | null = null;
  /** Holds a mount namespace in which the files that map ids are the test's. */
  #mounts: ChildProcess | null = null;
  #dockerd: ChildProcess | null = null;

  static async start(options: DaemonOptions = {}): Promise<DockerDaemon> {
    const daemon = new DockerDaemon(mkdtempSync(join(tmpdir(), 'sg-docker-')), options);
    if (options.firstMappedId !== undefined) await daemon.#mapIds(options.firstMappedId);
    await daemon.start();
    return daemon;
  }

  private constructor(folder: string, options: DaemonOptions) {
    this.#folder = folder;
    this.#options = options;
    this.#cgroup = `sandglass-test-${randomBytes(4).toString('hex')}`;
    this.socketPath = join(folder, 'docker.sock');
  }

  /** Below the top of each hierarchy; the cgroups of its containers are in it. */
  get cgroupName(): string {
    return this.#cgroup;
  }

  /** Starts it (again) over the same data, with a containerd of its own: dockerd would take a dead one of its children for alive. */
  async start(): Promise<void> {
    const at = (name: string): string => join(this.#folder, name);
    const name = this.#cgroup;
    const containerd = [
      '--root',
      at('containerd'),
      '--state',
      at('containerd-state'),
      '--address',
      at('c.sock'),
    ];
    this.#containerd = await this.#spawn('containerd', containerd);
    await this.#until(() => isListening(at('c.sock')));
    this.#dockerd = await this.#spawn('dockerd', [
      ...['--containerd', at('c.sock'), '--data-root', at('data'), '--exec-root', at('exec')],
      ...['--pidfile', at('pid'), '--host', `unix://${this.socketPath}`, '--shutdown-timeout', '2'],
      ...['--bridge', 'none', '--iptables=false', '--ip6tables=false', '--userland-proxy=false'],
      ...[
        '--cgroup-parent',
        `/${name}`,
        '--containerd-namespace',
        name,
        '--containerd-plugins-namespace',
        `${name}-p`,
      ],
      ...(this.#options.firstMappedId === undefined ? [] : ['--userns-remap', MAPPED_USER]),
      ...(this.#options.arguments ?? []),
    ]);
    await this.#until(() => answers(this.socketPath));
  }

  async #spawn(program: string, args: readonly string[]): Promise<ChildProcess> {
    const log = createWriteStream(join(this.#folder, 'log'), {flags: 'a'});
    await once(log, 'open');
    const namespace = this.#mounts === null ? [] : ['nsenter', `--mount=/proc/${this.#mounts.pid}/ns/mnt`];
    const [first = program, ...rest] = [...namespace, program, ...args];
    const child = spawn(first, rest, {stdio: ['ignore', log, log]});
    log.close();
    return child;
  }

  /** The daemon looks the ids up in /etc/subuid and /etc/subgid, which are the machine's: it gets others to see. */
  async #mapIds(first: number): Promise<void> {
    chmodSync(this.#folder, 0o711);
    const ids = join(this.#folder, 'ids');
    writeFileSync(ids, `${MAPPED_USER}:${first}:65536\n`);
    const script = 'for f in /etc/subuid /etc/subgid; do mount --bind "$0" $f; done && echo bound && cat';
    this.#mounts = spawn('unshare', ['--mount', '--propagation', 'slave', 'sh', '-c', script, ids], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(this.#mounts.stdout ?? this.#mounts, 'data');
  }

  async #until(isReady: () => Promise<boolean>): Promise<void> {
    const giveUpAt = performance.now() + READY_WITHIN_MS;
    while (!(await isReady())) {
      const hasEnded = [this.#containerd, this.#dockerd].some(
        (child) => child !== null && child.exitCode !== null,
      );
      if (hasEnded || performance.now() > giveUpAt)
        throw new Error(
          `dockerd did not start:\n${readFileSync(join(this.#folder, 'log'), 'utf8').slice(-2000)}`,
        );
      await delay(50);
    }
  }

  /** As a crash would: nothing is tidied up, and containers go on without anybody above them. */
  async kill(): Promise<void> {
    await end(this.#dockerd, 'SIGKILL');
    await end(this.#containerd, 'SIGKILL');
    this.#dockerd = null;
    this.#containerd = null;
  }

  /** What runs because of its containers: shims, agents, programs. Known to the daemon or not. */
  processes(): string[] {
    const read = (pid: string, name: string): string => {
      try {
        return readFileSync(join('/proc', pid, name), 'utf8');
      } catch {
        // It has ended.
        return '';
      }
    };
    const isIts = (pid: string): boolean =>
      read(pid, 'cgroup').includes(`/${this.#cgroup}/`) ||
      (read(pid, 'comm').startsWith('containerd-shim') && read(pid, 'cmdline').includes(this.#folder));
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && isIts(name))
      .map((pid) => `process ${pid}: ${read(pid, 'cmdline').replaceAll('\0', ' ')}`);
  }

  /** What is there because of its containers. A folder that it had only begun to write when it was killed is none, and nothing but the folder: no daemon reads it. */
  traces(): string[] {
    const {firstMappedId: id} = this.#options;
    const containers = join(this.#folder, 'data', id === undefined ? '' : `${id}.${id}`, 'containers');
    return [
      ...(existsSync(containers) ? readdirSync(containers) : [])
        .filter((name) => existsSync(join(containers, name, 'config.v2.json')))
        .map((name) => `container ${name.slice(0, 12)}`),
      ...this.#cgroups().map((path) => `cgroup ${path}`),
    ];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await end(this.#dockerd, 'SIGTERM');
    await end(this.#containerd, 'SIGTERM');
    await end(this.#mounts, 'SIGTERM');
    for (const path of this.#cgroupRoots()) if (existsSync(path)) rmdirSync(path);
    // A daemon that was killed leaves its mounts, the later ones on top.
    for (const path of mountsBelow(this.#folder).reverse()) execFileSync('umount', ['--lazy', path]);
    rmSync(this.#folder, {recursive: true, force: true, maxRetries: 20, retryDelay: 100});
  }

  #cgroups(): string[] {
    return this.#cgroupRoots().flatMap((root) =>
      existsSync(root)
        ? readdirSync(root, {withFileTypes: true})
            .filter((entry) => entry.isDirectory())
            .map(({name}) => join(root, name))
        : [],
    );
  }

  /** In each hierarchy. */
  #cgroupRoots(): string[] {
    const mounts = [CGROUPS, ...readdirSync(CGROUPS).map((name) => join(CGROUPS, name))];
    return mounts.map((mount) => join(mount, this.#cgroup));
  }
}

async function end(child: ChildProcess | null, signal: NodeJS.Signals): Promise<void> {
  if (child === null || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

/** Mount points, the later ones last. */
export function mountsBelow(folder: string): string[] {
  const places = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '');
  return places.filter((place) => place.startsWith(`${folder}/`));
}

async function isListening(socketPath: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({path: socketPath});
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

/** True when an API answers there. */
export async function answers(socketPath: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({path: socketPath});
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.write('GET /_ping HTTP/1.0\r\n\r\n'));
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString().includes('200'));
    });
  });
}
