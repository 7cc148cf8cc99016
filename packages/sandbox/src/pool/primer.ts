import type {RuntimeTemplate, Sandbox, SandboxKind} from '../driver.ts';
import type {PrimedStats} from '../pool-contract.ts';
import {CreationBackoff} from './creation-backoff.ts';
import {plainKind} from './plain-kind.ts';
import type {PoolSettings} from './pool-options.ts';
import {PrimedMemory} from './primed-memory.ts';
import type {Shelf} from './shelf.ts';
import type {Stock} from './stock.ts';
import {stockTarget} from './stock-target.ts';

/** Runtimes that are started at once. More would only take the processor from running programs. */
const PRIMINGS_AT_ONCE = 2;

/** One template's shelf, and how its primings go. */
interface Line {
  readonly template: RuntimeTemplate;
  readonly shelf: Shelf;
  readonly backoff: CreationBackoff;
  failure: string | null;
}

/**
 * Keeps runtimes primed: takes ready plain sandboxes, of which the stock then makes new ones, starts the runtime in them and puts them on a
 * shelf of their own. Nobody ever waits for it; what cannot be primed serves as before.
 */
export class Primer {
  readonly #stock: Stock;
  readonly #settings: PoolSettings;
  readonly #memory: PrimedMemory;
  readonly #lines = new Map<string, Line>();
  readonly #underWay = new Map<Sandbox, Promise<void>>();
  #isClosed = false;

  constructor(stock: Stock, settings: PoolSettings) {
    this.#stock = stock;
    this.#settings = settings;
    this.#memory = new PrimedMemory(settings.primedMemoryBytes);
  }

  get stats(): readonly PrimedStats[] {
    return [...this.#lines.values()].map(({template, shelf, failure}) => ({
      id: template.id,
      ready: shelf.ready.length,
      target: stockTarget(shelf, this.#settings),
      failure,
    }));
  }

  keep(kind: SandboxKind): void {
    const template = kind.prime;
    const isKept = template === undefined || this.#lines.has(template.id);
    if (isKept || this.#settings.primedMemoryBytes === 0) return;
    const shelf = this.#stock.keptShelf(kind);
    this.#lines.set(template.id, {
      template,
      shelf,
      backoff: new CreationBackoff(this.#settings.now),
      failure: null,
    });
    this.refill();
  }

  /** The shelf of a template that is kept, else undefined. */
  shelfOf({prime}: SandboxKind): Shelf | undefined {
    return prime === undefined ? undefined : this.#lines.get(prime.id)?.shelf;
  }

  /** Starts what is lacking, as far as plain sandboxes are ready and it may be done now; called again whenever that may have changed. */
  refill(): void {
    while (!this.#isClosed && this.#underWay.size < PRIMINGS_AT_ONCE) {
      const line = this.#neediest();
      if (line === undefined) return;
      const sandbox = this.#stock.takeForPriming(plainKind(line.shelf.kind));
      if (sandbox === undefined) return;
      const work = this.#prime(line, sandbox).finally(() => {
        this.#underWay.delete(sandbox);
        this.refill();
      });
      this.#underWay.set(sandbox, work);
    }
  }

  /** Gives up what is under way and waits for its end. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const sandbox of this.#underWay.keys()) this.#stock.discard(sandbox);
    while (this.#underWay.size > 0) await Promise.all(this.#underWay.values());
  }

  async #prime(line: Line, sandbox: Sandbox): Promise<void> {
    const {shelf, template} = line;
    const startedAt = this.#settings.now();
    shelf.creating += 1;
    this.#memory.take(sandbox, template);
    sandbox.gone.addEventListener('abort', () => this.#memory.giveBack(sandbox), {once: true});
    try {
      await sandbox.prime(template);
      if (this.#isClosed) return;
      line.backoff.recordSuccess();
      line.failure = null;
      shelf.demand.recordCreation(this.#settings.now() - startedAt);
      this.#stock.shelve(shelf, sandbox);
    } catch (error) {
      if (this.#isClosed) return;
      line.backoff.recordFailure();
      const reason = error instanceof Error ? error.message : String(error);
      if (line.failure !== reason) this.#settings.onPrimeFailure(template.id, reason);
      line.failure = reason;
      this.#stock.discard(sandbox);
    } finally {
      shelf.creating -= 1;
    }
  }

  #neediest(): Line | undefined {
    let neediest: Line | undefined;
    let mostLacking = 0;
    for (const line of this.#lines.values()) {
      const target = stockTarget(line.shelf, this.#settings);
      const lacking = target - line.shelf.surplus;
      if (lacking <= mostLacking || line.backoff.remainingMs > 0 || !this.#memory.hasRoomFor(line.template))
        continue;
      if (!this.#stock.mayFill(line.shelf, target)) continue;
      neediest = line;
      mostLacking = lacking;
    }
    return neediest;
  }
}
