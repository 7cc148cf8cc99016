import {cp, mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {ServerProcess} from '../e2e/support/server-process.ts';
import {freePort} from '../services/service-process.ts';

const LAST_WORDS = 20;

/** Something that is killed without warning and started again. */
export interface Mortal {
  readonly name: string;
  killAndRestart(): Promise<void>;
}

/** A `sandglass serve` that keeps its address and its data over its deaths. */
export class MortalProcess implements Mortal, AsyncDisposable {
  readonly name: string;
  readonly log: string[] = [];
  /** Of each of its lives. */
  readonly pids: number[] = [];
  readonly #env: Readonly<Record<string, string>>;
  readonly #dataDir: string;
  #process: ServerProcess;
  #isDown = false;

  private constructor(parts: {
    name: string;
    env: Readonly<Record<string, string>>;
    dataDir: string;
    process: ServerProcess;
  }) {
    this.name = parts.name;
    this.#env = parts.env;
    this.#dataDir = parts.dataDir;
    this.#process = parts.process;
    this.pids.push(parts.process.process.pid ?? 0);
  }

  static async start(
    env: Readonly<Record<string, string>>,
    role: 'api' | 'worker',
    resources: AsyncDisposableStack,
    probed: string | null = null,
  ): Promise<MortalProcess> {
    const dataDir = await mkdtemp(join(tmpdir(), 'sandglass-chaos-'));
    resources.defer(() => rm(dataDir, {recursive: true, force: true}));
    // What the first worker learned of the languages spares the others to learn it.
    if (probed !== null)
      await cp(probed, dataDir, {recursive: true, filter: (path) => !path.endsWith('.sock')});
    const own = {...env, SANDGLASS_ROLE: role, SANDGLASS_PORT: String(await freePort())};
    const process = await ServerProcess.start({dataDir, env: own});
    return resources.use(new MortalProcess({name: role, env: own, dataDir, process}));
  }

  get url(): string {
    return this.#process.url;
  }

  get dataDir(): string {
    return this.#dataDir;
  }

  /** Everything that its lives have logged. */
  get lines(): readonly string[] {
    return [...this.log, ...this.#process.log];
  }

  /** Throws with its last words when it died and nobody had killed it: no storm around a server is a reason to end. */
  refuseOwnEnd(): void {
    const {exitCode, signalCode} = this.#process.process;
    if (this.#isDown || (exitCode === null && signalCode === null)) return;
    const words = this.#process.log.slice(-LAST_WORDS).join('\n');
    throw new Error(`The ${this.name} process ended by itself (${exitCode ?? signalCode}):\n${words}`);
  }

  async killAndRestart(): Promise<void> {
    this.refuseOwnEnd();
    this.#isDown = true;
    await this.#process.end('SIGKILL');
    this.log.push(...this.#process.log);
    for (let tries = 1; ; tries++) {
      try {
        this.#process = await ServerProcess.start({dataDir: this.#dataDir, env: this.#env});
        this.pids.push(this.#process.process.pid ?? 0);
        this.#isDown = false;
        return;
      } catch (error) {
        // It refuses to start while database or broker are away; whoever watches processes starts it again.
        if (tries >= 20) throw error;
        await delay(500);
      }
    }
  }

  /** As an operator would end it. */
  async end(): Promise<void> {
    this.refuseOwnEnd();
    this.#isDown = true;
    await this.#process.end('SIGTERM');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDown = true;
    await this.#process.end('SIGTERM');
  }
}
