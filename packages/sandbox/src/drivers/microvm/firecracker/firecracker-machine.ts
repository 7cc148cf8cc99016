import {SandglassError} from '@sandglass/protocol';
import type {SandboxUsage} from '../../../driver.ts';
import {connectWhenListening} from '../../linux/connect.ts';
import type {BootedMachine, MachineStreams} from '../machine-monitor.ts';
import type {MonitorProcess} from '../monitor-process.ts';
import {FirecrackerApi} from './api-client.ts';
import {
  type FirecrackerRequest,
  PAUSE_REQUEST,
  RESUME_REQUEST,
  SAVE_REQUESTS,
} from './firecracker-requests.ts';
import {JAILED, type Jail} from './jail.ts';
import {connectVsock} from './vsock.ts';

/** Firecracker takes 12 ms to its API, its jailer a few more. */
const API_WITHIN_MS = 15_000;

/** As native/guest/channels.h numbers them. */
const PORTS = {guest: 1, launcher: 2, agent: 3} as const;

/** A machine of Firecracker's. Owns its process and its jail. */
export class FirecrackerMachine implements BootedMachine {
  readonly ended: Promise<string>;
  readonly #process: MonitorProcess;
  readonly #jail: Jail;
  readonly #api: FirecrackerApi;
  readonly #onSaved: (jail: Jail) => Promise<void>;
  #killing: Promise<SandboxUsage> | null = null;

  /** @param parts.onSaved takes the snapshot out of the jail, before that is removed. */
  constructor(parts: {
    readonly process: MonitorProcess;
    readonly jail: Jail;
    readonly onSaved: (jail: Jail) => Promise<void>;
  }) {
    this.#process = parts.process;
    this.#jail = parts.jail;
    this.#onSaved = parts.onSaved;
    this.#api = new FirecrackerApi(parts.jail.socketPath(JAILED.apiSocket));
    this.ended = parts.process.ended;
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Waits for the API and gives the orders, one after the other. Throws `isolation-failed` with what was refused. */
  async order(requests: readonly FirecrackerRequest[]): Promise<void> {
    await this.#apiIsThere();
    for (const {method, path, body} of requests)
      await (method === 'PUT' ? this.#api.put(path, body) : this.#api.patch(path, body));
  }

  async streams({signal}: {readonly signal: AbortSignal}): Promise<MachineStreams> {
    const path = this.#jail.socketPath(JAILED.vsockSocket);
    const guest = await connectVsock(path, PORTS.guest, {signal});
    try {
      const launcher = await connectVsock(path, PORTS.launcher, {signal});
      try {
        return {guest, launcher, agent: await connectVsock(path, PORTS.agent, {signal})};
      } catch (error) {
        launcher.destroy();
        throw error;
      }
    } catch (error) {
      guest.destroy();
      throw error;
    }
  }

  /** Its API tells nothing of a disk that fails; the guest ends itself then. */
  onFault(): void {}

  async pause(): Promise<void> {
    await this.order([PAUSE_REQUEST]);
  }

  async resume(): Promise<void> {
    await this.order([RESUME_REQUEST]);
  }

  async save(): Promise<void> {
    try {
      await this.#jail.makeWritable(JAILED.state);
      await this.#jail.makeWritable(JAILED.memory);
      await this.order(SAVE_REQUESTS);
      await this.#onSaved(this.#jail);
    } finally {
      await this.kill();
    }
  }

  kill(): Promise<SandboxUsage> {
    this.#killing ??= this.#kill();
    return this.#killing;
  }

  async #kill(): Promise<SandboxUsage> {
    const usage = await this.#process.kill();
    await this.#jail.remove();
    return usage;
  }

  /** Its socket is there a moment before it listens. */
  async #apiIsThere(): Promise<void> {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(notThere(`nothing after ${API_WITHIN_MS} ms`)), API_WITHIN_MS);
    this.ended.then((how) => stop.abort(notThere(how)));
    try {
      const trial = await connectWhenListening(this.#jail.socketPath(JAILED.apiSocket), stop.signal);
      trial.destroy();
    } finally {
      clearTimeout(timer);
    }
  }
}

function notThere(why: string): SandglassError {
  return new SandglassError('isolation-failed', `Firecracker did not open its API: ${why}.`);
}
