import {Heap} from './heap.ts';

/** An owner who submits: how much of all runs, with which weight, in which lane. */
export interface Owner {
  /** Of all arrivals; the shares of all owners together are 1. */
  readonly share: number;
  readonly weight: number;
  readonly lane: 'interactive' | 'batch';
}

interface Lane<Item> {
  readonly waiting: Heap<{readonly owner: number; readonly item: Item}>;
  /** By owner: his last turn, and how many of his runs wait. */
  readonly last: number[];
  readonly count: number[];
}

/**
 * Who is next, by the rule of the store (start-time fair queueing): one step, divided by the weight, after the owner's last waiting
 * run, but never before the turn that is next now.
 */
export class FairQueue<Item> {
  readonly #owners: readonly Owner[];
  readonly #lanes: Record<Owner['lane'], Lane<Item>>;

  constructor(owners: readonly Owner[]) {
    this.#owners = owners;
    const lane = (): Lane<Item> => ({
      waiting: new Heap(),
      last: owners.map(() => 0),
      count: owners.map(() => 0),
    });
    this.#lanes = {interactive: lane(), batch: lane()};
  }

  get size(): number {
    return this.#lanes.interactive.waiting.size + this.#lanes.batch.waiting.size;
  }

  push(owner: number, item: Item): void {
    const {weight, lane: name} = this.#owners[owner] ?? {weight: 1, lane: 'interactive'};
    const lane = this.#lanes[name];
    const next = lane.waiting.size === 0 ? 0 : lane.waiting.firstKey;
    const own = (lane.count[owner] ?? 0) === 0 ? 0 : (lane.last[owner] ?? 0);
    const turn = Math.max(next, own) + 1 / weight;
    lane.last[owner] = turn;
    lane.count[owner] = (lane.count[owner] ?? 0) + 1;
    lane.waiting.push(turn, {owner, item});
  }

  /** `prefers` names the lane that is looked at first. */
  take(prefers: Owner['lane']): Item | undefined {
    const order =
      prefers === 'interactive' ? (['interactive', 'batch'] as const) : (['batch', 'interactive'] as const);
    for (const name of order) {
      const lane = this.#lanes[name];
      const found = lane.waiting.pop();
      if (found === undefined) continue;
      lane.count[found.owner] = (lane.count[found.owner] ?? 1) - 1;
      return found.item;
    }
    return undefined;
  }
}
