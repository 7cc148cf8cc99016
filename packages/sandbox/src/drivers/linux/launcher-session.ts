import {randomBytes} from 'node:crypto';
import {setTimeout as delay} from 'node:timers/promises';
import {SandglassError} from '@sandglass/protocol';
import {type LauncherFacts, maxLauncherPayloadBytes} from '@sandglass/protocol/agent';
import type {SandboxKind, SandboxLimits, SandboxUsage} from '../../driver.ts';
import {FrameConnection} from '../../frame-connection.ts';
import {Gate} from '../../gate.ts';
import {raceAbort} from '../../race-abort.ts';
import {connectWhenListening} from './connect.ts';
import {ControlConnection, type GoneMessage} from './control-connection.ts';
import {requestSandbox} from './create-request.ts';
import {launcherLimits} from './launcher-limits.ts';
import {LauncherProcess} from './launcher-process.ts';
import type {LinuxDriverOptions} from './linux-driver-options.ts';
import {LinuxSandbox, type SandboxControl} from './linux-sandbox.ts';

/** Preparing image roots and cgroups takes some ten milliseconds; removing what dead predecessors left may add seconds. */
const READY_WITHIN_MS = 15_000;

/** Making a sandbox takes about a millisecond, many at once on a busy machine a hundred. */
const CREATED_WITHIN_MS = 10_000;

/** More than the launcher's listen queue holds would be refused by the kernel; two cores are busy with fewer. */
const CREATIONS_AT_ONCE = 32;

/** From the end of its connection to the end of the launcher itself. */
const LAST_WORDS_WITHIN_MS = 500;

const NS_PER_MS = 1e6;
const HOSTNAME = 'sandbox';

/** One launcher's life: the connection that controls it and the sandboxes it made. Ends with the launcher and never comes back. */
export class LauncherSession implements SandboxControl {
  /** Resolves with the reason when the launcher is lost; after `close` as well. */
  readonly lost: Promise<Error>;
  readonly #lost = Promise.withResolvers<Error>();
  readonly #options: LinuxDriverOptions;
  readonly #instance: string;
  readonly #socketPath: string;
  readonly #launcher: LauncherProcess | null;
  readonly #control: ControlConnection;
  readonly #live = new Map<number, LinuxSandbox>();
  /** Ends heard of before the CREATED on the other connection was read; kept only while creations are under way. */
  readonly #goneEarly = new Map<number, SandboxUsage>();
  readonly #creations = new Gate(CREATIONS_AT_ONCE);
  #creating = 0;
  #lostError: Error | null = null;

  /**
   * Starts a launcher, or connects to the given one, and waits until it is ready. The caller owns the session.
   * Throws `isolation-unavailable` with what the launcher said.
   */
  static async start(
    options: LinuxDriverOptions,
    {signal}: {readonly signal: AbortSignal | undefined},
  ): Promise<{session: LauncherSession; facts: LauncherFacts}> {
    const instance = `w${process.pid}-${randomBytes(4).toString('hex')}`;
    if (options.launcherSocket !== undefined)
      return await LauncherSession.#connect(options, {
        instance,
        launcher: null,
        socketPath: options.launcherSocket,
        signal,
      });
    const launcher = await LauncherProcess.start(options, instance);
    try {
      const socketPath = launcher.socketPath;
      const started = await LauncherSession.#connect(options, {instance, launcher, socketPath, signal});
      await launcher.tidyUp();
      return started;
    } catch (error) {
      await launcher.stop();
      throw error;
    }
  }

  static async #connect(
    options: LinuxDriverOptions,
    parts: {
      readonly instance: string;
      readonly launcher: LauncherProcess | null;
      readonly socketPath: string;
      readonly signal: AbortSignal | undefined;
    },
  ): Promise<{session: LauncherSession; facts: LauncherFacts}> {
    const {launcher, signal} = parts;
    const giveUp = new AbortController();
    launcher?.ended.then((error) => giveUp.abort(unavailable(error)));
    const timer = setTimeout(() => giveUp.abort(unavailable(tooLate(parts.socketPath))), READY_WITHIN_MS);
    const stop = signal === undefined ? giveUp.signal : AbortSignal.any([giveUp.signal, signal]);
    try {
      const socket = await connectWhenListening(parts.socketPath, stop);
      const connection = new FrameConnection(socket, maxLauncherPayloadBytes);
      const session = new LauncherSession(options, {...parts, connection});
      try {
        const facts = await raceAbort(session.#control.ready, stop);
        return {session, facts};
      } catch (error) {
        connection.close();
        throw unavailable(await explain(error, launcher));
      }
    } finally {
      clearTimeout(timer);
    }
  }

  private constructor(
    options: LinuxDriverOptions,
    parts: {
      readonly instance: string;
      readonly launcher: LauncherProcess | null;
      readonly socketPath: string;
      readonly connection: FrameConnection;
    },
  ) {
    this.#options = options;
    this.#instance = parts.instance;
    this.#launcher = parts.launcher;
    this.#socketPath = parts.socketPath;
    this.lost = this.#lost.promise;
    this.#control = new ControlConnection(parts.connection, {
      onGone: (message) => this.#onGone(message),
      onLost: (error) => this.#onLost(error),
    });
  }

  /** The caller owns the sandbox. Throws `isolation-failed`, `launcher-lost` or `server-full`. */
  async create(
    kind: SandboxKind,
    limits: SandboxLimits,
    {signal}: {readonly signal: AbortSignal | undefined},
  ): Promise<LinuxSandbox> {
    return await this.#creations.run(() => this.#create(kind, limits, signal));
  }

  async configure(launcherId: number, limits: SandboxLimits): Promise<void> {
    const {pinnedCpu} = limits;
    const bounds = launcherLimits(limits, this.#options.diskIoBytesPerSecond ?? 0);
    const configured = this.#control.configure(launcherId, bounds);
    await Promise.all([
      configured,
      pinnedCpu === undefined ? null : this.#control.pin(launcherId, pinnedCpu),
    ]);
  }

  destroy(launcherId: number): void {
    this.#control.destroy(launcherId);
  }

  /** Destroys every sandbox and ends the launcher, if it was started here. Bounded in time; idempotent. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#live.values()].map((sandbox) => sandbox.destroy()));
    this.#control.close();
    await this.#launcher?.stop();
  }

  async #create(
    kind: SandboxKind,
    limits: SandboxLimits,
    signal: AbortSignal | undefined,
  ): Promise<LinuxSandbox> {
    signal?.throwIfAborted();
    const created = Promise.withResolvers<LinuxSandbox>();
    const abandon = requestSandbox(
      this.#socketPath,
      {
        kind: 'create',
        limits: launcherLimits(limits, this.#options.diskIoBytesPerSecond ?? 0),
        image: kind.image,
        hostname: HOSTNAME,
      },
      {
        onCreated: (connection, launcherId) => created.resolve(this.#adopt(connection, launcherId, kind)),
        onFailed: created.reject,
      },
    );
    let giveUp = abandon;
    const timer = setTimeout(() => giveUp(notCreated()), CREATED_WITHIN_MS);
    const onAbort = (): void => giveUp(asError(signal?.reason));
    signal?.addEventListener('abort', onAbort, {once: true});
    this.#creating += 1;
    try {
      const sandbox = await created.promise;
      giveUp = (reason) => sandbox.agent.close(() => reason);
      await this.#greeted(sandbox, limits);
      return sandbox;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      this.#creating -= 1;
      if (this.#creating === 0) this.#goneEarly.clear();
    }
  }

  #adopt(connection: FrameConnection, launcherId: number, kind: SandboxKind): LinuxSandbox {
    const sandbox = new LinuxSandbox({
      instance: this.#instance,
      launcherId,
      kind,
      connection,
      control: this,
    });
    const usage = this.#goneEarly.get(launcherId);
    if (this.#lostError !== null) sandbox.onLauncherLost(this.#lostError);
    else if (usage !== undefined) sandbox.onGone(usage);
    else this.#live.set(launcherId, sandbox);
    return sandbox;
  }

  /** Waits for the agent's HELLO, and for its core. A sandbox that does not get this far is destroyed here, as nobody else knows of it. */
  async #greeted(sandbox: LinuxSandbox, limits: SandboxLimits): Promise<void> {
    try {
      await sandbox.agent.hello;
      // CREATE carries every other limit; only a live sandbox can be pinned.
      if (limits.pinnedCpu !== undefined) await sandbox.configure(limits);
    } catch (error) {
      await sandbox.destroy();
      throw error;
    }
  }

  #onGone(message: GoneMessage): void {
    const usage = {
      cpuTimeMs: message.cpuTimeNs / NS_PER_MS,
      memoryPeakBytes: message.memoryPeakBytes,
      oomKills: message.oomKills,
    };
    const sandbox = this.#live.get(message.sandboxId);
    if (sandbox !== undefined) {
      this.#live.delete(message.sandboxId);
      sandbox.onGone(usage);
    } else if (this.#creating > 0) this.#goneEarly.set(message.sandboxId, usage);
  }

  #onLost(error: Error): void {
    this.#lostError = error;
    for (const sandbox of this.#live.values()) sandbox.onLauncherLost(error);
    this.#live.clear();
    this.#lost.resolve(error);
  }
}

/** A launcher that gives up says why on its way out; that explains more than a connection that ended. */
async function explain(error: unknown, launcher: LauncherProcess | null): Promise<unknown> {
  if (launcher === null) return error;
  return await Promise.race([launcher.ended, delay(LAST_WORDS_WITHIN_MS, error, {ref: false})]);
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

function notCreated(): SandglassError {
  return new SandglassError(
    'isolation-failed',
    `A new sandbox was not ready within ${CREATED_WITHIN_MS} ms. The machine may be overloaded; look at the launcher's log.`,
    {retryAfterSeconds: 1},
  );
}

function tooLate(socketPath: string): Error {
  return new Error(`nothing answered on ${socketPath} within ${READY_WITHIN_MS} ms`);
}

function unavailable(cause: unknown): SandglassError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new SandglassError(
    'isolation-unavailable',
    `Cannot prepare the linux isolation level: ${why}. "sandglass doctor" tells what is missing and how to get it.`,
    {cause},
  );
}
