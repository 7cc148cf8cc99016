import {SandglassError} from '@sandglass/protocol';
import type {SandboxKind, SandboxLimits} from '../../driver.ts';
import {raceAbort} from '../../race-abort.ts';
import {awaitGuest, type Greeting, greet} from './greeting.ts';
import type {Machine, MachineMonitor, Snapshot} from './machine-monitor.ts';
import {MicrovmSandbox} from './microvm-sandbox.ts';

/** The kernel, its tables and the guest's own programs; what is left of a machine's memory is for programs. */
export const GUEST_OWN_BYTES = 96 * 1024 * 1024;

/** A restored machine answers in 40 ms, many at once on a busy machine in some seconds. */
const RESTORED_WITHIN_MS = 30_000;

/** A guest whose instructions are translated is 13 to 45 times slower; an agent does little, so it needs less of that. */
const TRANSLATED_PATIENCE = 8;

/** A machine's memory and state at the moment when it waited for a program, held open; sandboxes are made of it. */
export class Template implements AsyncDisposable {
  readonly #monitor: MachineMonitor;
  readonly #snapshot: Snapshot;
  /** Null when each restored machine has to be greeted anew. */
  readonly #greeting: Greeting | null;

  /** Takes the snapshot's handles over. */
  constructor(parts: {
    readonly monitor: MachineMonitor;
    readonly snapshot: Snapshot;
    readonly greeting: Greeting | null;
  }) {
    this.#monitor = parts.monitor;
    this.#snapshot = parts.snapshot;
    this.#greeting = parts.greeting;
  }

  /** Where it is kept; another template has another. */
  get folder(): string {
    return this.#snapshot.folder;
  }

  /** The caller owns the sandbox. Throws `isolation-failed`. */
  async createSandbox(
    id: string,
    kind: SandboxKind,
    options: {readonly limits: SandboxLimits; readonly signal: AbortSignal | undefined},
  ): Promise<MicrovmSandbox> {
    options.signal?.throwIfAborted();
    const machine = await this.#monitor.restore(this.#snapshot);
    let sandbox: MicrovmSandbox | null = null;
    using patience = new Patience(machine, options.signal);
    try {
      const streams = await machine.streams({signal: patience.signal});
      const greeting = this.#greeting ?? (await this.#greetAnew(streams, patience.signal));
      sandbox = new MicrovmSandbox({
        id,
        kind,
        machine,
        streams,
        greeting,
        maxMemoryBytes: this.#snapshot.description.memoryBytes - GUEST_OWN_BYTES,
        patience: this.#monitor.acceleration === 'tcg' ? TRANSLATED_PATIENCE : 1,
      });
      await patience.wait(sandbox.begin(options.limits));
      return sandbox;
    } catch (error) {
      await (sandbox === null ? machine.kill() : sandbox.destroy());
      throw error;
    }
  }

  async #greetAnew(streams: Awaited<ReturnType<Machine['streams']>>, signal: AbortSignal): Promise<Greeting> {
    await awaitGuest(streams.guest, signal);
    return await greet(streams, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#snapshot.state.close();
    await this.#snapshot.memory.close();
  }
}

/** Ends the wait for a machine when it ends, when its caller loses interest, or after a while. */
class Patience implements Disposable {
  readonly signal: AbortSignal;
  readonly #giveUp = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(machine: Machine, signal: AbortSignal | undefined) {
    this.#timer = setTimeout(() => this.#giveUp.abort(tooLate()), RESTORED_WITHIN_MS);
    machine.ended.then((how) => this.#giveUp.abort(endedEarly(how)));
    this.signal = signal === undefined ? this.#giveUp.signal : AbortSignal.any([this.#giveUp.signal, signal]);
  }

  async wait<Value>(promise: Promise<Value>): Promise<Value> {
    promise.catch(() => {}); // Nobody waits for it any more when patience has ended before.
    return await raceAbort(promise, this.signal);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}

function tooLate(): SandglassError {
  return new SandglassError(
    'isolation-failed',
    `A restored microVM did not answer within ${RESTORED_WITHIN_MS} ms. The machine may be overloaded.`,
    {retryAfterSeconds: 1},
  );
}

function endedEarly(how: string): SandglassError {
  return new SandglassError('isolation-failed', `A restored microVM ended before it answered: ${how}.`);
}
