import {Resolver} from 'node:dns/promises';
import type {Destination, Destinations} from './destinations.ts';
import {isOwnNetwork} from './own-network.ts';
import {isPublicAddress} from './public-address.ts';
import {HOST_NAME} from './target.ts';
import {TokenBucket} from './token-bucket.ts';

export interface InternetOptions {
  /** Ports that programs may connect to, at most 16. */
  readonly ports: readonly number[];
  /** Name servers as `address` or `address:port`; empty for those of the machine. */
  readonly resolvers: readonly string[];
}

/** As many names as the relay listens for; a run that wants more is no ordinary program. */
const MAX_NAMES = 128;
/** A page with all that it loads, a package manager with its mirrors; and then one after the other. */
const LOOKUPS = {burst: 40, perSecond: 10};
const MAX_LOOKUPS_AT_ONCE = 16;
const LOOKUP_TIMEOUT_MS = 2_000;
const LOOKUP_TRIES = 2;

/**
 * Azure's machines find their host's services here: a public address that leads nowhere but inside
 * (learn.microsoft.com, "What is IP address 168.63.129.16?").
 */
const CLOUD_SERVICES = ['168.63.129.16'];

/**
 * The internet without this machine, its links, private and special addresses. A program reaches names only: each is looked up here, once, and
 * stays at the address that it had then, so that a name server cannot first show a public address and lead elsewhere later.
 */
export class InternetDestinations implements Destinations {
  readonly relayArguments: readonly string[];
  readonly #ports: readonly number[];
  readonly #resolver = new Resolver({timeout: LOOKUP_TIMEOUT_MS, tries: LOOKUP_TRIES});
  readonly #rate = new TokenBucket(LOOKUPS);
  readonly #answers = new Map<string, Promise<number | null | 'busy'>>();
  readonly #addresses: string[] = [];
  #underWay = 0;

  constructor({ports, resolvers}: InternetOptions) {
    this.#ports = ports;
    this.relayArguments = ['--ports', ports.join(',')];
    if (resolvers.length > 0) this.#resolver.setServers([...resolvers]);
  }

  find(number: number): Destination | 'refused' | null {
    const host = this.#addresses[Math.floor(number / this.#ports.length)];
    const port = this.#ports[number % this.#ports.length];
    if (host === undefined || port === undefined) return null;
    // Addresses of this machine may have come meanwhile.
    return mayBeReached(host) ? {host, port} : 'refused';
  }

  async lookUp(text: string): Promise<number | null | 'busy'> {
    const name = text.toLowerCase();
    const known = this.#answers.get(name);
    if (known !== undefined) return await known;
    if (!isPublicName(name)) return null;
    if (this.#underWay >= MAX_LOOKUPS_AT_ONCE || this.#addresses.length >= MAX_NAMES || !this.#rate.take())
      return 'busy';
    const answer = this.#resolve(name);
    this.#answers.set(name, answer);
    const end = await answer;
    // Only what was found is kept: refused names would fill the memory, and a name server may just have been slow.
    if (typeof end !== 'number') this.#answers.delete(name);
    return end;
  }

  async #resolve(name: string): Promise<number | null | 'busy'> {
    this.#underWay += 1;
    try {
      const found = await Promise.all([this.#ask(name, 'A'), this.#ask(name, 'AAAA')]);
      const address = found.flatMap((each) => each ?? []).find(mayBeReached);
      if (address === undefined) return found.includes(null) ? 'busy' : null;
      if (this.#addresses.length >= MAX_NAMES) return 'busy';
      return this.#addresses.push(address) - 1;
    } finally {
      this.#underWay -= 1;
    }
  }

  /** Null when nobody answered. */
  async #ask(name: string, type: 'A' | 'AAAA'): Promise<readonly string[] | null> {
    try {
      return type === 'A' ? await this.#resolver.resolve4(name) : await this.#resolver.resolve6(name);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : '';
      // dns.NODATA and dns.NOTFOUND: an answer, and it is that there is none.
      return code === 'ENODATA' || code === 'ENOTFOUND' ? [] : null;
    }
  }
}

function mayBeReached(address: string): boolean {
  return isPublicAddress(address) && !CLOUD_SERVICES.includes(address) && !isOwnNetwork(address);
}

/** Names with one part are the search list's; addresses, reverse names and those reserved for local use (RFC 6761, 6762, 8375) are nobody's on the internet. */
function isPublicName(name: string): boolean {
  return (
    HOST_NAME.test(name) &&
    name.includes('.') &&
    !/\.(arpa|local|localhost|internal|test|invalid|onion|\d+)$/.test(name)
  );
}
