import {setImmediate as nextTurn} from 'node:timers/promises';
import type {NetworkPolicy} from '@sandglass/protocol';
import type {Sandbox, SandboxKind, SandboxLimits, SandboxPool} from '@sandglass/sandbox';
import type {EngineLog} from '../engine-log.ts';
import type {Destinations} from '../network/destinations.ts';
import {InternetDestinations} from '../network/internet-destinations.ts';
import {ListedDestinations} from '../network/listed-destinations.ts';
import {DEFAULT_INTERNET_PORTS, type Grants, type NetworkPermission} from '../network/network-permission.ts';
import {Relay, type RelayProgram} from '../network/relay.ts';
import {readTargets} from '../network/target.ts';
import type {PrimedRuntimes, ProgramStart} from './primed-runtimes.ts';

/** Rounding to pages, and the folder that the relay is written to. */
const RELAY_DISK_MARGIN_BYTES = 64 * 1024;

export interface KeeperParts {
  readonly pool: SandboxPool;
  readonly log: EngineLog;
  readonly readRelay: () => Promise<RelayProgram>;
  readonly network: NetworkPermission;
  readonly grants: Grants;
  readonly runtimes: PrimedRuntimes;
}

/** A sandbox for the time of one stage; disposing of it begins its destruction, which the keeper sees to its end. */
export interface SandboxLease extends Disposable {
  readonly sandbox: Sandbox;
}

export interface LendOptions {
  readonly signal: AbortSignal | undefined;
  /** The only program that the sandbox is going to see, when that is known. */
  readonly start?: ProgramStart | undefined;
}

/**
 * Lends each stage a fresh sandbox and owns its destruction. A result does not wait until the sandbox behind it is gone, yet no
 * destruction is ever left to itself: `close` waits for all of them.
 */
export class SandboxKeeper {
  readonly #pool: SandboxPool;
  readonly #log: EngineLog;
  readonly #readRelay: () => Promise<RelayProgram>;
  readonly #runtimes: PrimedRuntimes;
  readonly #destructions = new Set<Promise<void>>();
  /** The end of the sandbox that had a core last: the core is free when that is gone for certain. */
  readonly #coreFree = new Map<number, Promise<void>>();

  readonly #network: NetworkPermission;
  readonly #grants: Grants;

  constructor(parts: KeeperParts) {
    this.#pool = parts.pool;
    this.#runtimes = parts.runtimes;
    this.#log = parts.log;
    this.#readRelay = parts.readRelay;
    this.#network = parts.network;
    this.#grants = parts.grants;
  }

  /**
   * With the runtime that `start` would start waiting in it, if one is to be had.
   * Null when `signal` aborts first. Throws what the pool throws: `server-full`, `isolation-failed`, `launcher-lost`.
   */
  async lend(
    kind: SandboxKind,
    limits: SandboxLimits,
    {signal, start}: LendOptions,
  ): Promise<SandboxLease | null> {
    if (kind.network !== 'none') return await this.#lendWithNetwork(kind, limits, signal);
    const prime = start === undefined ? undefined : this.#runtimes.find(kind.image, start);
    const wanted = prime === undefined ? kind : {...kind, prime};
    const sandbox = await this.#acquire(wanted, limits, signal);
    if (sandbox === null) return null;
    const lease = {sandbox, [Symbol.dispose]: () => this.#destroy(sandbox, limits.pinnedCpu)};
    if (!signal?.aborted) return lease;
    lease[Symbol.dispose]();
    return null;
  }

  /** Resolves when every sandbox that was lent and given back is gone. */
  async close(): Promise<void> {
    while (this.#destructions.size > 0) await Promise.all(this.#destructions);
  }

  /** A sandbox without network, like any other, plus a relay in it; its process and its file come on top of the limits. */
  async #lendWithNetwork(
    kind: SandboxKind,
    limits: SandboxLimits,
    signal: AbortSignal | undefined,
  ): Promise<SandboxLease | null> {
    const destinations = this.#destinations(kind.network);
    const program = await this.#readRelay();
    const widened = {
      ...limits,
      processes: limits.processes + 1,
      diskBytes: limits.diskBytes + program.content.length + RELAY_DISK_MARGIN_BYTES,
    };
    const lease = await this.lend({...kind, network: 'none'}, widened, {signal});
    if (lease === null) return null;
    try {
      const relay = await Relay.start(lease.sandbox, destinations, program);
      return {
        sandbox: lease.sandbox,
        [Symbol.dispose]: () => {
          relay[Symbol.dispose]();
          lease[Symbol.dispose]();
        },
      };
    } catch (error) {
      lease[Symbol.dispose]();
      throw error;
    }
  }

  #destinations(network: NetworkPolicy): Destinations {
    const {internetPorts: ports = DEFAULT_INTERNET_PORTS, resolvers = []} = this.#network;
    if (network === 'internet') return new InternetDestinations({ports, resolvers});
    return new ListedDestinations(network === 'none' ? [] : readTargets(network.allow, this.#grants));
  }

  async #acquire(
    kind: SandboxKind,
    limits: SandboxLimits,
    signal: AbortSignal | undefined,
  ): Promise<Sandbox | null> {
    if (signal?.aborted) return null;
    if (limits.pinnedCpu !== undefined) await this.#coreFree.get(limits.pinnedCpu);
    try {
      return await this.#pool.acquire(kind, limits, {signal});
    } catch (error) {
      // An abandoned wait ends in an error of the pool's choosing.
      if (signal?.aborted) return null;
      throw error;
    }
  }

  /** After what the end of a run calls for at once: its result should not wait for the order to be sent. */
  #destroy(sandbox: Sandbox, pinnedCpu: number | undefined): void {
    const destruction = nextTurn()
      .then(() => sandbox.destroy())
      .then(
        () => undefined,
        (error: unknown) =>
          this.#log.error({error, sandbox: sandbox.id}, 'A sandbox could not be destroyed in time.'),
      )
      .finally(() => this.#destructions.delete(destruction));
    this.#destructions.add(destruction);
    if (pinnedCpu !== undefined) this.#coreFree.set(pinnedCpu, destruction);
  }
}
