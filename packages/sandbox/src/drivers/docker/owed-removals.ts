import {setTimeout as delay} from 'node:timers/promises';
import type Docker from 'dockerode';
import {type ContainerLedger, isContainerId} from './container-ledger.ts';
import {endRemains} from './host-remains.ts';
import {removeContainer} from './remove-container.ts';

/** How often a daemon that went away is looked for while it owes the removal of containers. */
const RETURN_POLL_MS = 500;

/** Containers that a daemon took with it without confirming their end. They are removed once it is back. */
export class OwedRemovals {
  readonly #docker: Docker;
  readonly #ledger: ContainerLedger;
  readonly #closing: AbortSignal;
  readonly #containers = new Set<string>();
  #collector: Promise<void> | null = null;

  constructor(parts: {
    readonly docker: Docker;
    readonly ledger: ContainerLedger;
    readonly closing: AbortSignal;
  }) {
    this.#docker = parts.docker;
    this.#ledger = parts.ledger;
    this.#closing = parts.closing;
  }

  /** @param container its id, or the name that was asked for where the daemon did not tell the id. */
  add(container: string): void {
    this.#containers.add(container);
    this.#collector ??= this.#collect().finally(() => {
      this.#collector = null;
    });
  }

  /** Call after `closing` has aborted. What is still owed then is removed by the next start of a worker. */
  async settled(): Promise<void> {
    await this.#collector;
  }

  async #collect(): Promise<void> {
    while (this.#containers.size > 0) {
      try {
        await this.#settle([...this.#containers]);
      } catch {
        // Still away.
        if (this.#closing.aborted) return;
        await delay(RETURN_POLL_MS, undefined, {signal: this.#closing}).catch(ignore);
      }
    }
  }

  async #settle(containers: readonly string[]): Promise<void> {
    for (const container of containers) await removeContainer(this.#docker, container);
    const ids = containers.filter(isContainerId);
    // What the daemon does not know any more, it did not remove.
    await endRemains(ids);
    for (const id of ids) await this.#ledger.forget(id);
    for (const container of containers) this.#containers.delete(container);
  }
}

function ignore(): void {}
