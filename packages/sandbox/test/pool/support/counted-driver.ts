import {setTimeout as delay} from 'node:timers/promises';
import type {Driver, Sandbox, SandboxKind, SandboxLimits, SandboxUsage} from '@sandglass/sandbox';

const UNUSED = (): never => {
  throw new Error('The pool must not use what is inside a sandbox.');
};

/** Everything a pool sees of a sandbox, and what a test needs to know about it. */
export interface CountedSandbox extends Sandbox {
  readonly configuredWith: SandboxLimits[];
  /** Id of the template, null when none was primed. */
  primedWith: string | null;
  /** As if the sandbox broke. */
  breakDown(): void;
}

/** Stands in for a driver where only the pool's decisions matter: counts what is alive and creates at a chosen pace. */
export class CountedDriver implements Pick<Driver, 'create'> {
  readonly alive = new Set<CountedSandbox>();
  created = 0;
  creatingAtOnce = 0;
  mostAtOnce = 0;
  /** Time one creation takes. */
  creationMs = 1;
  /** Time that priming takes. */
  primingMs = 1;
  /** When set, priming fails with it. */
  primeFailure: Error | null = null;
  /** When set, creations fail with it. */
  failure: Error | null = null;
  /** When set, `configure` fails with it. */
  configureFailure: Error | null = null;

  readonly #givenUp = new AbortController();

  /** Ends every priming under way, as the loss of its sandbox does. */
  giveUpPriming(): void {
    this.#givenUp.abort();
  }

  async create(
    kind: SandboxKind,
    _limits: SandboxLimits,
    {signal}: {readonly signal: AbortSignal | undefined},
  ): Promise<Sandbox> {
    this.creatingAtOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.creatingAtOnce);
    try {
      await delay(this.creationMs, undefined, signal === undefined ? {} : {signal});
    } finally {
      this.creatingAtOnce -= 1;
    }
    if (this.failure !== null) throw this.failure;
    this.created += 1;
    const sandbox = this.#sandbox(kind);
    this.alive.add(sandbox);
    return sandbox;
  }

  #sandbox(kind: SandboxKind): CountedSandbox {
    const gone = new AbortController();
    const configuredWith: SandboxLimits[] = [];
    const breakDown = (): void => {
      this.alive.delete(sandbox);
      gone.abort();
    };
    const destroy = async (): Promise<SandboxUsage> => {
      breakDown();
      return {cpuTimeMs: 0, memoryPeakBytes: 0, oomKills: 0};
    };
    const sandbox: CountedSandbox = {
      id: String(this.created),
      kind,
      gone: gone.signal,
      configuredWith,
      primedWith: null,
      breakDown,
      destroy,
      configure: async (limits) => {
        configuredWith.push(limits);
        if (this.configureFailure !== null) throw this.configureFailure;
      },
      writeFiles: UNUSED,
      readFile: UNUSED,
      listFiles: UNUSED,
      prime: async (template) => {
        await delay(this.primingMs, undefined, {signal: this.#givenUp.signal});
        if (this.primeFailure !== null) throw this.primeFailure;
        sandbox.primedWith = template.id;
      },
      exec: UNUSED,
      killAll: UNUSED,
      [Symbol.asyncDispose]: async () => {
        await destroy();
      },
    };
    return sandbox;
  }
}
