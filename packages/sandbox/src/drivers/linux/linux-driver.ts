import {setTimeout as delay} from 'node:timers/promises';
import {SandglassError} from '@sandglass/protocol';
import type {LauncherFacts} from '@sandglass/protocol/agent';
import type {Driver, IsolationFacts, Sandbox, SandboxKind, SandboxLimits} from '../../driver.ts';
import {LauncherSession} from './launcher-session.ts';
import type {LinuxDriverOptions} from './linux-driver-options.ts';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 10_000;

/** A launcher that lived this long had no fault of its own: the next loss begins with the shortest pause again. */
const STEADY_AFTER_MS = 30_000;

type State =
  | {readonly kind: 'new'}
  | {readonly kind: 'running'; readonly session: LauncherSession}
  | {readonly kind: 'restarting'; readonly cause: Error}
  | {readonly kind: 'closed'};

/**
 * Sandboxes from the kernel's own means: namespaces, cgroups, seccomp, a read-only root. A launcher process makes them; when it
 * dies, so do its sandboxes, and the driver starts another one.
 *
 * States: new → running ⇄ restarting → closed. Only `#keepRunning` moves between running and restarting; `close` ends it.
 */
export class LinuxDriver implements Driver {
  readonly name = 'linux';
  readonly hasEveryAddress = true;
  readonly #options: LinuxDriverOptions;
  readonly #closing = new AbortController();
  #state: State = {kind: 'new'};
  #isolation: IsolationFacts | null = null;
  #cpus: readonly number[] = [];
  #keeper: Promise<void> | null = null;

  constructor(options: LinuxDriverOptions) {
    this.#options = options;
  }

  get isolation(): IsolationFacts {
    if (this.#isolation === null)
      throw new SandglassError('internal-error', 'The isolation of a driver is known after start().');
    return this.#isolation;
  }

  get pinnableCpus(): readonly number[] {
    return this.#cpus;
  }

  async start({signal}: {readonly signal: AbortSignal | undefined}): Promise<void> {
    if (this.#state.kind !== 'new')
      throw new SandglassError('internal-error', `Cannot start a driver that is ${this.#state.kind}.`);
    const {session, facts} = await LauncherSession.start(this.#options, {signal});
    this.#adopt(session, facts);
    this.#keeper = this.#keepRunning(session);
  }

  async create(
    kind: SandboxKind,
    limits: SandboxLimits,
    {signal}: {readonly signal: AbortSignal | undefined},
  ): Promise<Sandbox> {
    if (kind.network !== 'none')
      throw new SandglassError(
        'network-not-allowed',
        `Cannot create a sandbox with network ${JSON.stringify(kind.network)}: the linux driver offers "none" only.`,
      );
    return await this.#session().create(kind, limits, {signal});
  }

  async close(): Promise<void> {
    if (this.#state.kind === 'closed') return;
    const state = this.#state;
    this.#state = {kind: 'closed'};
    this.#closing.abort();
    if (state.kind === 'running') await state.session.close();
    await this.#keeper;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #session(): LauncherSession {
    const state = this.#state;
    switch (state.kind) {
      case 'running':
        return state.session;
      case 'restarting':
        throw new SandglassError('launcher-lost', 'Cannot create a sandbox: the launcher is started again.', {
          cause: state.cause,
          retryAfterSeconds: 1,
        });
      case 'new':
        throw new SandglassError('internal-error', 'Cannot create a sandbox before start().');
      case 'closed':
        throw new SandglassError('shutting-down', 'Cannot create a sandbox: the driver is closed.');
      default:
        return state satisfies never;
    }
  }

  /** Waits for the end of each launcher and starts the next, more slowly the more often they die. */
  async #keepRunning(first: LauncherSession): Promise<void> {
    let session = first;
    let pauseMs = FIRST_PAUSE_MS;
    for (;;) {
      const startedAt = performance.now();
      const cause = await session.lost;
      if (this.#closing.signal.aborted) return;
      this.#state = {kind: 'restarting', cause};
      this.#options.onLog?.(`launcher lost, starting another: ${cause.message}`);
      // What is left of the process and its files; its sandboxes died with it.
      await session.close();
      if (performance.now() - startedAt > STEADY_AFTER_MS) pauseMs = FIRST_PAUSE_MS;
      for (;;) {
        const next = await this.#startAnother(pauseMs);
        if (this.#closing.signal.aborted) {
          await next?.close();
          return;
        }
        pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
        if (next === null) continue;
        session = next;
        this.#state = {kind: 'running', session};
        break;
      }
    }
  }

  /** Null when it did not start (or the driver is closing); the next try may. */
  async #startAnother(pauseMs: number): Promise<LauncherSession | null> {
    try {
      await delay(pauseMs, undefined, {signal: this.#closing.signal});
      const {session, facts} = await LauncherSession.start(this.#options, {signal: this.#closing.signal});
      this.#isolation = isolationFacts(facts);
      this.#cpus = facts.cpus;
      return session;
    } catch (error) {
      if (!this.#closing.signal.aborted) this.#options.onLog?.(`launcher did not start: ${String(error)}`);
      return null;
    }
  }

  #adopt(session: LauncherSession, facts: LauncherFacts): void {
    this.#isolation = isolationFacts(facts);
    this.#cpus = facts.cpus;
    this.#state = {kind: 'running', session};
  }
}

function isolationFacts(facts: LauncherFacts): IsolationFacts {
  return {driver: 'linux', enforced: facts.enforced, weaker: facts.weaker};
}
