import {cp} from 'node:fs/promises';
import {join} from 'node:path';
import {childrenOf, processCpuMs, treeCpuMs} from '../machine-cpu.ts';
import {type ServerProcess, startServerProcess} from '../server-process.ts';
import {settled} from '../settled.ts';
import {type Combination, type CombinationName, EMBEDDED} from './combination.ts';
import type {BenchServices, ClusterServices} from './services.ts';

/** Who uses processor time. `server` is the one process of an embedded installation. */
export const PARTS = ['server', 'API', 'worker', 'sandboxes', 'PostgreSQL', 'broker'] as const;
export type Part = (typeof PARTS)[number];
export type PartTimes = Readonly<Partial<Record<Part, number>>>;

const SECRET = 'the-secret-of-an-installation-that-ends-with-the-benchmark';

interface InstallationParts {
  readonly name: CombinationName;
  readonly front: ServerProcess;
  readonly services: ClusterServices | null;
  /** Of workers; the first one's is copied for the others, which then need not learn the languages again. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly resources: AsyncDisposableStack;
}

/** Sandglass as it is deployed: one process with everything, or one API process and workers over a database and a broker. */
export class Installation implements AsyncDisposable {
  readonly name: CombinationName;
  readonly url: string;
  readonly #parts: InstallationParts;
  readonly #workers: ServerProcess[] = [];

  private constructor(parts: InstallationParts) {
    this.#parts = parts;
    this.name = parts.name;
    this.url = parts.front.url;
  }

  /** Starts it below `folder`, with one worker that is ready. The caller disposes it before the services. */
  static async start(
    combination: Combination,
    {folder, services}: {readonly folder: string; readonly services: BenchServices},
  ): Promise<Installation> {
    await using resources = new AsyncDisposableStack();
    const {name} = combination;
    if (combination.kind === 'embedded') {
      const front = resources.use(await startServerProcess(join(folder, 'server')));
      const parts = {name, front, services: null, folder, env: {}, resources: resources.move()};
      return new Installation(parts);
    }
    const found = await services.start(combination);
    const env = {
      SANDGLASS_STORE_KIND: 'postgres',
      SANDGLASS_STORE_URL: found.database.url,
      SANDGLASS_QUEUE_KIND: combination.kind,
      SANDGLASS_QUEUE_URL: found.broker.url,
      SANDGLASS_CLUSTER_SECRET: SECRET,
    };
    const front = resources.use(
      await startServerProcess(join(folder, 'api'), {env: {...env, SANDGLASS_ROLE: 'api'}}),
    );
    const parts = {name, front, services: found, folder, env, resources: resources.move()};
    const installation = new Installation(parts);
    try {
      await installation.addWorker();
    } catch (error) {
      await installation[Symbol.asyncDispose]();
      throw error;
    }
    return installation;
  }

  get workers(): number {
    return this.name === EMBEDDED.name ? 1 : this.#workers.length;
  }

  /** One more worker; returns when it takes runs. */
  async addWorker(): Promise<void> {
    const {folder, env, resources} = this.#parts;
    const dataDir = join(folder, `worker-${this.#workers.length}`);
    if (this.#workers.length > 0)
      await cp(join(folder, 'worker-0'), dataDir, {
        recursive: true,
        filter: (path) => !path.endsWith('.sock'),
      });
    const started = await startServerProcess(dataDir, {env: {...env, SANDGLASS_ROLE: 'worker'}});
    this.#workers.push(resources.use(started));
  }

  /** Returns when nothing of it prepares anything any more. */
  async settled(): Promise<void> {
    for (const {pid} of [this.#parts.front, ...this.#workers]) await settled(pid);
  }

  /** Processor time so far, in milliseconds, of each part with all that it has waited for. */
  async cpuMs(): Promise<PartTimes> {
    const {front, services} = this.#parts;
    if (services === null)
      return {server: await processCpuMs(front.pid), sandboxes: await belowMs([front.pid])};
    const pids = this.#workers.map(({pid}) => pid);
    return {
      API: await processCpuMs(front.pid),
      worker: sum(await Promise.all(pids.map(processCpuMs))),
      sandboxes: await belowMs(pids),
      PostgreSQL: sum((await treeCpuMs(services.database.pid)).values()),
      broker: sum((await treeCpuMs(services.broker.pid)).values()),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.resources.disposeAsync();
  }
}

/** Launchers, and the agents and programs that they have waited for. */
async function belowMs(pids: readonly number[]): Promise<number> {
  const children = (await Promise.all(pids.map(childrenOf))).flat();
  return sum(await Promise.all(children.map((pid) => processCpuMs(pid).catch(() => 0))));
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
