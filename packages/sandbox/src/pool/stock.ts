import {SandglassError} from '@sandglass/protocol';
import type {Sandbox, SandboxKind, SandboxLimits} from '../driver.ts';
import type {PoolStats} from '../pool-contract.ts';
import {CreationBackoff} from './creation-backoff.ts';
import {Foreground} from './foreground.ts';
import {kindKey} from './kind-key.ts';
import type {PoolDriver, PoolSettings} from './pool-options.ts';
import {Shelf} from './shelf.ts';
import {stockTarget} from './stock-target.ts';

/** How often surplus is looked for; each time a part of it goes, so that a pause in the load does not empty the pool. */
const TRIM_EVERY_MS = 2_000;
const TRIMMED_SHARE = 0.25;

/** Errors that say nothing about what was asked: the next attempt may succeed. */
const PASSING_ERRORS: ReadonlySet<string> = new Set(['launcher-lost', 'sandbox-lost', 'server-full']);

type Place = 'ready' | 'being-primed' | 'in-use' | 'leaving';

/**
 * Makes sandboxes, keeps them ready on shelves or hands them to those who wait, and counts all of them until they are gone.
 *
 * Everything is decided in `#refill`, which runs once after whatever changed something: first for callers who wait, in the order
 * they came, then for the shelf that lacks most: at once when it is empty or less than half full, else in the next pause. No more than a few creations are
 * under way at once, so that under full load sandboxes are made at the pace they are used and running programs keep the processor.
 */
export class Stock {
  readonly #driver: PoolDriver;
  readonly #settings: PoolSettings;
  readonly #shelves = new Map<string, Shelf>();
  readonly #places = new Map<Sandbox, Place>();
  readonly #backoff: CreationBackoff;
  readonly #foreground: Foreground;
  readonly #onChange: () => void;
  readonly #closing = new AbortController();
  readonly #trimTimer: NodeJS.Timeout;
  /** Creations and destructions under way; `close` waits for them. */
  readonly #underWay = new Set<Promise<void>>();
  #creating = 0;
  #passingFailure: SandglassError | null = null;
  #refillSoon: NodeJS.Immediate | null = null;
  #refillLater: NodeJS.Timeout | null = null;

  /** @param onChange called after something changed, and every now and then. */
  constructor(driver: PoolDriver, settings: PoolSettings, onChange: () => void) {
    this.#onChange = onChange;
    this.#driver = driver;
    this.#settings = settings;
    this.#backoff = new CreationBackoff(settings.now);
    this.#foreground = new Foreground(settings.now);
    for (const kind of settings.kinds) this.#addShelf(kind, settings.defaultLimits, true);
    this.#trimTimer = setInterval(() => this.#trim(), TRIM_EVERY_MS).unref();
    this.refillSoon();
  }

  get stats(): PoolStats {
    const stats = {ready: 0, creating: this.#creating, inUse: this.#foreground.count, waiting: 0, target: 0};
    for (const shelf of this.#shelves.values()) {
      stats.ready += shelf.ready.length;
      stats.waiting += shelf.waiters.size;
      stats.target += this.#target(shelf);
    }
    return stats;
  }

  /** Why creations fail at the moment, when the reason lies with the driver; null when they do not. */
  get passingFailure(): SandglassError | null {
    return this.#passingFailure;
  }

  /** Of the sandboxes that can have these limits, if need be after `configure`. */
  shelfOf(kind: SandboxKind, limits: SandboxLimits): Shelf {
    const made = {...this.#settings.defaultLimits, ...this.#fixed(limits)};
    return this.#shelves.get(this.#keyOf(kind, made)) ?? this.#addShelf(kind, made, false);
  }

  #addShelf(kind: SandboxKind, limits: SandboxLimits, isStocked: boolean): Shelf {
    const shelf = new Shelf(kind, limits, isStocked, this.#settings.now);
    this.#shelves.set(this.#keyOf(kind, limits), shelf);
    return shelf;
  }

  #keyOf(kind: SandboxKind, limits: SandboxLimits): string {
    return `${kindKey(kind)} ${Object.values(this.#fixed(limits)).join(' ')}`;
  }

  #fixed(limits: SandboxLimits): Partial<SandboxLimits> {
    return Object.fromEntries((this.#driver.fixedLimits ?? []).map((name) => [name, limits[name]]));
  }

  /** Whether some limits are those that a sandbox was made with, once and for all. */
  get hasFixedLimits(): boolean {
    return (this.#driver.fixedLimits ?? []).length > 0;
  }

  /** The shelf of a kind that is to be kept ready, with the usual limits. */
  keptShelf(kind: SandboxKind): Shelf {
    return this.#addShelf(kind, this.#settings.defaultLimits, true);
  }

  /** A ready sandbox, now the caller's; undefined when there is none. */
  take(shelf: Shelf): Sandbox | undefined {
    const sandbox = shelf.ready.pop();
    if (sandbox !== undefined) this.#handOut(sandbox);
    return sandbox;
  }

  #handOut(sandbox: Sandbox): void {
    this.#places.set(sandbox, 'in-use');
    this.#foreground.begin(sandbox);
  }

  /** A ready sandbox that nobody waits for, to be shelved or discarded; undefined when there is none. Another one is made for it. */
  takeForPriming(kind: SandboxKind): Sandbox | undefined {
    const shelf = this.shelfOf(kind, this.#settings.defaultLimits);
    const sandbox = shelf.waiters.size > 0 ? undefined : shelf.ready.pop();
    if (sandbox === undefined) return undefined;
    this.#places.set(sandbox, 'being-primed');
    this.refillSoon();
    return sandbox;
  }

  /** Whether a shelf that lacks some is to be filled now. If not, everything is looked at again when it may be. */
  mayFill(shelf: Shelf, target: number): boolean {
    if (shelf.surplus < Math.max(1, Math.floor(target / 2))) return true;
    const delayMs = this.#foreground.delayMs();
    if (delayMs > 0) this.#refillIn(delayMs);
    return delayMs === 0;
  }

  /** Puts a primed sandbox where it is found. */
  shelve(shelf: Shelf, sandbox: Sandbox): void {
    if (sandbox.gone.aborted) return;
    this.#places.set(sandbox, 'ready');
    shelf.ready.push(sandbox);
  }

  /** After the work of this turn, so that nothing is made while somebody could be served instead. */
  refillSoon(): void {
    this.#refillSoon ??= setImmediate(() => {
      this.#refillSoon = null;
      this.#refill();
      this.#onChange();
    });
  }

  /** Destroys a sandbox that nobody is going to use. */
  discard(sandbox: Sandbox): void {
    this.#places.set(sandbox, 'leaving');
    // When it cannot be confirmed, the sandbox itself has reported it and closed what it could.
    this.#track(sandbox.destroy().then(ignore, ignore));
  }

  /** Destroys what is ready and waits for what is under way. Waiting callers must have been answered. */
  async close(): Promise<void> {
    this.#closing.abort(new SandglassError('shutting-down', 'The pool is closed.'));
    clearInterval(this.#trimTimer);
    if (this.#refillSoon !== null) clearImmediate(this.#refillSoon);
    if (this.#refillLater !== null) clearTimeout(this.#refillLater);
    for (const shelf of this.#shelves.values())
      for (const sandbox of shelf.ready.splice(0)) this.discard(sandbox);
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  *shelves(): Iterable<Shelf> {
    yield* this.#shelves.values();
  }

  #refill(): void {
    if (this.#closing.signal.aborted) return;
    if (this.#backoff.remainingMs > 0) {
      this.#refillIn(this.#backoff.remainingMs);
      return;
    }
    while (this.#creating < this.#settings.parallelCreations) {
      const waitedFor = this.#longestWaitedFor();
      const shelf = waitedFor ?? this.#understocked();
      if (shelf === undefined) {
        this.#foreground.caughtUp();
        return;
      }
      if (waitedFor === undefined && !this.mayFill(shelf, this.#target(shelf))) return;
      if (this.#places.size + this.#creating >= this.#settings.maxSandboxes) {
        // The place of an idle one of another kind is free as soon as that is gone, which calls for another refill.
        if (waitedFor !== undefined) this.#giveUpOne();
        return;
      }
      this.#track(this.#create(shelf));
    }
  }

  #refillIn(delayMs: number): void {
    this.#refillLater ??= setTimeout(() => {
      this.#refillLater = null;
      this.refillSoon();
    }, delayMs);
  }

  async #create(shelf: Shelf): Promise<void> {
    const startedAt = this.#settings.now();
    this.#creating += 1;
    shelf.creating += 1;
    try {
      const sandbox = await this.#driver.create(shelf.kind, shelf.limits, {
        signal: this.#closing.signal,
      });
      shelf.creating -= 1;
      this.#onCreated(shelf, sandbox, this.#settings.now() - startedAt);
    } catch (error) {
      shelf.creating -= 1;
      this.#onCreateFailed(shelf, error);
    } finally {
      this.#creating -= 1;
      this.#forgetUnused(shelf);
      if (!this.#closing.signal.aborted) this.refillSoon();
    }
  }

  #onCreated(shelf: Shelf, sandbox: Sandbox, durationMs: number): void {
    if (this.#closing.signal.aborted) {
      this.discard(sandbox);
      return;
    }
    this.#passingFailure = null;
    this.#backoff.recordSuccess();
    shelf.demand.recordCreation(durationMs);
    sandbox.gone.addEventListener('abort', () => this.#onGone(sandbox), {once: true});
    const waiter = shelf.takeWaiter();
    if (waiter === undefined) {
      this.#places.set(sandbox, 'ready');
      shelf.ready.push(sandbox);
    } else {
      this.#handOut(sandbox);
      waiter.resolve(sandbox);
    }
  }

  #onCreateFailed(shelf: Shelf, error: unknown): void {
    if (this.#closing.signal.aborted) return;
    this.#backoff.recordFailure();
    if (error instanceof SandglassError && PASSING_ERRORS.has(error.code)) this.#passingFailure = error;
    // What cannot be made as such is no reason to wait: the caller it was for hears why.
    else shelf.takeWaiter()?.reject(error);
  }

  /** A ready one that broke is dropped; one that was used has made room. */
  #onGone(sandbox: Sandbox): void {
    if (this.#places.get(sandbox) === 'ready') {
      for (const {ready} of this.#shelves.values())
        if (ready.includes(sandbox)) ready.splice(ready.indexOf(sandbox), 1);
      // Ready sandboxes do not end by themselves: whatever ends them would end their successors as well.
      this.#backoff.recordFailure();
    }
    this.#places.delete(sandbox);
    this.#foreground.end(sandbox);
    if (!this.#closing.signal.aborted) this.refillSoon();
  }

  #longestWaitedFor(): Shelf | undefined {
    let first: Shelf | undefined;
    let since = Number.POSITIVE_INFINITY;
    for (const shelf of this.#shelves.values()) {
      const waiter = shelf.unservedWaiter;
      if (waiter === undefined || waiter.since >= since) continue;
      first = shelf;
      since = waiter.since;
    }
    return first;
  }

  #understocked(): Shelf | undefined {
    let neediest: Shelf | undefined;
    let mostLacking = 0;
    for (const shelf of this.#shelves.values()) {
      // Those are the primer's to fill, from what is made here.
      if (shelf.kind.prime !== undefined) continue;
      const lacking = this.#target(shelf) - shelf.surplus;
      if (lacking <= mostLacking) continue;
      neediest = shelf;
      mostLacking = lacking;
    }
    return neediest;
  }

  /** Gives the oldest ready sandbox of the fullest shelf up, to make room for a kind that somebody waits for. */
  #giveUpOne(): void {
    let fullest: Shelf | undefined;
    for (const shelf of this.#shelves.values())
      if (shelf.ready.length > (fullest?.ready.length ?? 0)) fullest = shelf;
    const sandbox = fullest?.ready.shift();
    if (sandbox !== undefined) this.discard(sandbox);
  }

  #trim(): void {
    for (const shelf of this.#shelves.values()) {
      const surplus = Math.min(shelf.ready.length, shelf.surplus - this.#target(shelf));
      const trimmed = surplus <= 0 ? 0 : Math.ceil(surplus * TRIMMED_SHARE);
      for (const sandbox of shelf.ready.splice(0, trimmed)) this.discard(sandbox);
    }
    this.#onChange();
  }

  #target(shelf: Shelf): number {
    return stockTarget(shelf, this.#settings, this.#driver.idleBytes);
  }

  /** Kinds may carry a list of hosts from a request: without this each such list would stay for ever. */
  #forgetUnused(shelf: Shelf): void {
    if (!shelf.isStocked && shelf.isUnused) this.#shelves.delete(this.#keyOf(shelf.kind, shelf.limits));
  }

  #track(work: Promise<void>): void {
    this.#underWay.add(work);
    void work.then(() => this.#underWay.delete(work));
  }
}

function ignore(): void {}
