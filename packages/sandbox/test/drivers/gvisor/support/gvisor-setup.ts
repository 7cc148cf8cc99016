import {spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {homedir, tmpdir} from 'node:os';
import {join} from 'node:path';
import {
  type FetchedRunsc,
  fetchedRunsc,
  fetchRunsc,
  GvisorDriver,
  type GvisorDriverOptions,
} from '@sandglass/sandbox';
import type {Lack} from '../../../contract/driver-under-test.ts';
import {HOST_IMAGE} from '../../../support/host-image.ts';
import {nativeBuild} from '../../../support/native-build.ts';
import {descendants, isRunning} from '../../linux/support/linux-traces.ts';

const CGROUPS = '/sys/fs/cgroup';

/** Bounding memory takes root, and the set-up brings the package then; elsewhere it says what is missing. */
export const hasGvisor =
  process.getuid?.() === 0 && spawnSync('runsc', ['--version'], {stdio: 'ignore'}).status === 0;
if (!hasGvisor)
  process.stderr.write('Tests of the gvisor driver do not run: they need root and the package runsc.\n');

/** What its kernel cannot give in any release, whoever starts it; what is given instead is in differences.ts. */
export const NO_RELEASE_GIVES: readonly Lack[] = [
  ...(['pids', 'shared-disk', 'disk-resize', 'memory-peak-reset', 'bare-root', 'nosuid-mounts'] as const),
  ...(['inodes', 'cpu-accounting', 'agent-proc', 'device-nodes', 'terminal-signals'] as const),
];

/** The same with what Debian 12's release, of 2022, does not have. */
export const GVISOR_LACKS: readonly Lack[] = [...NO_RELEASE_GIVES, 'statx', 'terminal-keys'];

/** Fetched once for a user, and found again by the next test run. */
const CACHE = join(homedir(), '.cache', 'sandglass-tests', 'gvisor');

/** The release of a newer Debian; null, said aloud, where it cannot be fetched. */
export async function newerRunsc(): Promise<FetchedRunsc | null> {
  try {
    return (await fetchedRunsc(CACHE)) ?? (await fetchRunsc({folder: CACHE, signal: undefined}));
  } catch (error) {
    process.stderr.write(`Tests of a newer gVisor do not run: ${String(error)}\n`);
    return null;
  }
}

/** A folder for the drivers of one test file, and what is in it because of them. */
export class GvisorPlace implements Disposable {
  readonly runDir = mkdtempSync(join(tmpdir(), 'sg-gvisor-'));
  readonly #defaults: Partial<GvisorDriverOptions>;

  /** @param defaults of the drivers in it */
  constructor(defaults: Partial<GvisorDriverOptions> = {}) {
    this.#defaults = defaults;
  }

  /** A started driver with the host's own programs as its image. */
  async driver(options: Partial<GvisorDriverOptions> = {}): Promise<GvisorDriver> {
    const driver = new GvisorDriver({
      nativeDir: nativeBuild(),
      runDir: this.runDir,
      images: [HOST_IMAGE],
      ...this.#defaults,
      ...options,
    });
    await driver.start({signal: undefined});
    return driver;
  }

  /** Sandboxes of workers below `ancestorPid`: folders, cgroups and processes, each as one line. */
  traces(): string[] {
    const instances = join(this.runDir, 'gvisor/instances');
    const folders = namesIn(instances).flatMap((name) => namesIn(join(instances, name)));
    return [
      ...folders.map((id) => `folder ${id}`),
      ...this.cgroups(),
      ...descendants(process.pid)
        .filter(isRunning)
        .filter((pid) => folders.length > 0 && pid > 0)
        .map((pid) => `process ${pid}`),
    ];
  }

  /** Of this process's sandboxes, or of all. */
  cgroups(pid: number | 'any' = process.pid): string[] {
    return ['', ...namesIn(CGROUPS)].flatMap((controller) => {
      const parent = join(CGROUPS, controller, 'sandglass-gvisor');
      return namesIn(parent)
        .filter((name) => pid === 'any' || name.split('.')[2] === String(pid))
        .flatMap((name) => namesIn(join(parent, name)).map((id) => `cgroup ${join(parent, name, id)}`));
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.runDir, {recursive: true, force: true});
  }
}

function namesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, {withFileTypes: true})
    .filter((entry) => entry.isDirectory())
    .map(({name}) => name);
}
