import {SandglassError} from '@sandglass/protocol';

interface Flight<Value> {
  readonly outcome: Promise<Value>;
  readonly abort: AbortController;
  waiting: number;
}

/** What a caller got, and whether another caller's work was used. */
export interface FlightResult<Value> {
  readonly value: Value;
  readonly isShared: boolean;
}

/**
 * Does the same work once, however many ask for it at the same time. The work belongs to all who wait for it: one that is cancelled
 * only leaves; the work itself is aborted when the last has left. A failure reaches everyone who waits, and the next one tries anew.
 */
export class SingleFlight<Value> {
  readonly #flights = new Map<string, Flight<Value>>();

  /** Rejects with `cancelled` when `signal` aborts first. */
  async join(
    key: string,
    work: (signal: AbortSignal) => Promise<Value>,
    {signal}: {readonly signal: AbortSignal | undefined},
  ): Promise<FlightResult<Value>> {
    if (signal?.aborted) throw cancelled(signal);
    const existing = this.#flights.get(key);
    const flight = existing ?? this.#begin(key, work);
    flight.waiting++;
    try {
      return {value: await untilAborted(flight.outcome, signal), isShared: existing !== undefined};
    } finally {
      flight.waiting--;
      if (flight.waiting === 0) this.#end(key, flight);
    }
  }

  #begin(key: string, work: (signal: AbortSignal) => Promise<Value>): Flight<Value> {
    const abort = new AbortController();
    const flight = {outcome: work(abort.signal), abort, waiting: 0};
    // Everybody may have left; the failure then concerns nobody.
    flight.outcome.catch(() => undefined);
    this.#flights.set(key, flight);
    return flight;
  }

  /** Nobody joins a flight that the last one is leaving: it is either over or about to be aborted. */
  #end(key: string, flight: Flight<Value>): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
    flight.abort.abort();
  }
}

async function untilAborted<Value>(work: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return await work;
  const {promise, reject} = Promise.withResolvers<never>();
  const leave = () => reject(cancelled(signal));
  signal.addEventListener('abort', leave, {once: true});
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

function cancelled(signal: AbortSignal): SandglassError {
  return new SandglassError('cancelled', 'Stopped waiting for a shared compile: the run was cancelled.', {
    cause: signal.reason,
  });
}
