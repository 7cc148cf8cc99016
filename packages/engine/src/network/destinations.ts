import type {LookupFunction} from 'node:net';

/** Where a connection of a program goes, as the worker dials it. */
export interface Destination {
  readonly host: string;
  readonly port: number;
  /** Resolves `host`; not asked when that is an address. */
  readonly lookup?: LookupFunction;
}

/** What a run's network policy lets its relay reach. */
export interface Destinations {
  /** Command line of the relay. */
  readonly relayArguments: readonly string[];
  /** The destination of that number; `refused` when it may not be reached now, null when nothing has that number. */
  find(number: number): Destination | 'refused' | null;
  /**
   * Looks a name up for the program. `null`: there is no such name, or none that may be reached. `busy`: to be asked again later.
   * Never rejects.
   */
  lookUp(name: string): Promise<number | null | 'busy'>;
}
