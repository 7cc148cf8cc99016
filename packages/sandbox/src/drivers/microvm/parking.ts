import type {Duplex} from 'node:stream';
import type {Machine} from './machine-monitor.ts';

/** A sandbox that is asked for is used within milliseconds; one that waits longer than this is in stock. */
const PARKED_AFTER_MS = 1_000;

/**
 * Stops a machine that waits in stock, so that it costs the host no time, and lets it go on when it is used: 10 ms, most of them for a clock
 * that stood still and random numbers that somebody may have seen in a copy of its memory.
 *
 * States: idle → waiting → parked → left. What is sent to the guest while it wakes is held back until its clock is right.
 */
export class Parking {
  readonly #machine: Machine;
  readonly #renew: () => Promise<void>;
  readonly #held: readonly Duplex[];
  #timer: NodeJS.Timeout | null = null;
  #isParked = false;

  /** @param options.held what the sandbox's user talks to the guest by. */
  constructor(options: {
    readonly machine: Machine;
    readonly renew: () => Promise<void>;
    readonly held: readonly Duplex[];
  }) {
    this.#machine = options.machine;
    this.#renew = options.renew;
    this.#held = options.held;
  }

  /** The sandbox is ready; nobody uses it yet. */
  begin(): void {
    this.#timer = setTimeout(() => this.#park(), PARKED_AFTER_MS);
    this.#timer.unref();
  }

  /** The sandbox is about to be used. What follows in the same turn is sent when the machine is awake. */
  leave(): void {
    this.end();
    if (!this.#isParked) return;
    this.#isParked = false;
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
  }

  #park(): void {
    this.#timer = null;
    this.#isParked = true;
    this.#machine.pause().catch(ignore);
  }
}

/** A monitor that does not obey is gone or about to be, and its end is told elsewhere. */
function ignore(): void {}
