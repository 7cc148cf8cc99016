import type {Duplex} from 'node:stream';
import type {Machine} from './machine-monitor.ts';

/** A sandbox that is asked for is used within milliseconds; one that waits longer than this is in stock. */
const PARKED_AFTER_MS = 1_000;

/**
 * Stops a machine that waits in stock, so that it costs the host no time, and lets it go on when it is used: 10 ms, most of them for a clock
 * that stood still and random numbers that somebody may have seen in a copy of its memory. Before it is stopped it answers a first request, so that
 * what this takes only once in a machine (translated instructions, pages of its own: 20 ms without KVM) is behind it.
 *
 * States: idle → waiting → rehearsing → parked → left, or left from any. What is sent to the guest while it wakes is held back until its clock is right.
 */
export class Parking {
  readonly #machine: Machine;
  readonly #renew: () => Promise<void>;
  readonly #rehearse: () => Promise<unknown>;
  readonly #held: readonly Duplex[];
  #timer: NodeJS.Timeout | null = null;
  #state: 'waiting' | 'parked' | 'left' = 'left';

  /** @param options.held what the sandbox's user talks to the guest by. */
  constructor(options: {
    readonly machine: Machine;
    readonly renew: () => Promise<void>;
    /** Asks the sandbox something that changes nothing. */
    readonly rehearse: () => Promise<unknown>;
    readonly held: readonly Duplex[];
  }) {
    this.#machine = options.machine;
    this.#renew = options.renew;
    this.#rehearse = options.rehearse;
    this.#held = options.held;
  }

  /** The sandbox is ready; nobody uses it yet. */
  begin(): void {
    this.#state = 'waiting';
    this.#timer = setTimeout(() => void this.#park().catch(ignore), PARKED_AFTER_MS);
    this.#timer.unref();
  }

  /** The sandbox is about to be used. What follows in the same turn is sent when the machine is awake. */
  leave(): void {
    const wasParked = this.#state === 'parked';
    this.end();
    if (!wasParked) return;
    for (const stream of this.#held) stream.cork();
    const release = (): void => {
      for (const stream of this.#held) stream.uncork();
    };
    this.#machine.resume().catch(ignore);
    this.#renew().then(release, release);
  }

  /** Nothing is parked any more. */
  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#state = 'left';
  }

  async #park(): Promise<void> {
    await this.#rehearse();
    // Somebody may have come meanwhile.
    if (this.#state !== 'waiting') return;
    this.#state = 'parked';
    await this.#machine.pause();
  }
}

/** A monitor that does not obey is gone or about to be, and its end is told elsewhere. */
function ignore(): void {}
