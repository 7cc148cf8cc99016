import {lookup as systemLookup} from 'node:dns';
import type {LookupFunction} from 'node:net';
import type {Destination, Destinations} from './destinations.ts';
import type {Target} from './target.ts';

/** Single targets that the operator allows: nothing else has a number, and no name is looked up for the program. */
export class ListedDestinations implements Destinations {
  readonly relayArguments: readonly string[];
  readonly #destinations: readonly Destination[];

  constructor(targets: readonly Target[]) {
    this.relayArguments = targets.flatMap(({address, port, host}) => [address, String(port), host]);
    const lookups = new Map<string, LookupFunction>();
    this.#destinations = targets.map(({host, port, dial}) => {
      const lookup = lookups.get(host) ?? pinnedLookup();
      lookups.set(host, lookup);
      return {host: dial, port, lookup};
    });
  }

  find(number: number): Destination | null {
    return this.#destinations[number] ?? null;
  }

  async lookUp(): Promise<null> {
    return null;
  }
}

/** The system's resolver, asked once: for the rest of the run a name stays at the addresses that it had first. */
function pinnedLookup(): LookupFunction {
  let known: Promise<{readonly address: string; readonly family: number}[]> | undefined;
  return (host, options, answer) => {
    known ??= new Promise((resolve, reject) =>
      systemLookup(host, {all: true, verbatim: true}, (error, addresses) =>
        error === null ? resolve(addresses) : reject(error),
      ),
    );
    known.then(
      (addresses) => {
        const [first] = addresses;
        if (options.all) answer(null, addresses);
        else answer(null, first?.address ?? '', first?.family ?? 4);
      },
      (error: NodeJS.ErrnoException) => answer(error, ''),
    );
  };
}
