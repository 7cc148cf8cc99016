import {describe, expect, test} from 'vitest';

/** A run that lines up. Ids are given in the order of the alphabet, as those of the server are. */
export interface WaitingRun {
  readonly id: string;
  readonly owner: string;
  readonly priority: 'interactive' | 'batch';
}

/** Whoever decides which run is next, be it in memory or a database. */
export interface TurnOrder extends AsyncDisposable {
  /** Runs of one owner, who has this weight. */
  add(runs: readonly WaitingRun[], weight: number): Promise<void>;
  /** Takes the next run, interactive before batch; null when none waits. */
  take(): Promise<string | null>;
  /** Takes a waiting run out. */
  cancel(run: WaitingRun): Promise<void>;
  /** Runs that are taken before this one. */
  position(id: string): Promise<number | null>;
}

export interface FairOrderSubject {
  readonly open: () => Promise<TurnOrder>;
  /** How many runs the owner has who would crowd out the others. */
  readonly crowd: number;
}

/** What everything that hands out runs must do for owners. Call it in a test file with a way to open an empty one. */
export function describeFairOrder(name: string, {open, crowd}: FairOrderSubject): void {
  describe(`fair order: ${name}`, () => {
    test(`row 33: ${crowd} batch runs of one owner delay nobody's interactive run`, async () => {
      await using order = await open();
      await order.add(runs('eve', 'batch', crowd), 1);
      await order.add(runs('ada', 'interactive', 1), 1);
      expect(await order.position('ada-00000')).toBe(0);
      expect(await order.take()).toBe('ada-00000');
    });

    test(`${crowd} interactive runs of one owner let another one's be among the next three`, async () => {
      await using order = await open();
      await order.add(runs('eve', 'interactive', crowd), 1);
      expect(await take(order, 5)).toEqual(ids('eve', 5));
      await order.add(runs('ada', 'interactive', 1), 1);
      expect(await order.position('ada-00000')).toBeLessThan(3);
      expect(await take(order, 3)).toContain('ada-00000');
    });

    test('owners take turns, whatever number of runs each has waiting, and each one’s are in order', async () => {
      await using order = await open();
      await order.add(runs('eve', 'batch', 60), 1);
      await order.add(runs('ada', 'batch', 10), 1);
      await order.add(runs('bob', 'batch', 10), 1);
      const taken = await take(order, 33);
      for (const owner of ['ada', 'bob']) {
        const own = taken.filter((id) => id.startsWith(owner));
        expect(own).toEqual(ids(owner, 10));
      }
      expect(await take(order, 100)).toEqual(ids('eve', 60).slice(13));
    });

    test('an owner with weight 3 gets three turns for each one of an owner with weight 1', async () => {
      await using order = await open();
      await order.add(runs('light', 'batch', 40), 1);
      await order.add(runs('heavy', 'batch', 40), 3);
      const heavy = (await take(order, 40)).filter((id) => id.startsWith('heavy')).length;
      expect(heavy).toBeGreaterThanOrEqual(28);
      expect(heavy).toBeLessThanOrEqual(31);
    });

    test('whoever had nothing waiting has saved up nothing', async () => {
      await using order = await open();
      await order.add(runs('eve', 'batch', 60), 1);
      await take(order, 30);
      await order.add(runs('ada', 'batch', 20), 1);
      const taken = await take(order, 20);
      expect(taken.filter((id) => id.startsWith('eve')).length).toBeGreaterThanOrEqual(9);
    });

    test('each position says how many are taken first, across owners and lanes', async () => {
      await using order = await open();
      await order.add(runs('eve', 'interactive', 6), 1);
      await order.add(runs('ada', 'interactive', 3), 2);
      await order.add(runs('bob', 'batch', 2), 1);
      const all = [...ids('eve', 6), ...ids('ada', 3), ...ids('bob', 2)];
      const told = new Map<string, number | null>();
      for (const id of all) told.set(id, await order.position(id));
      const taken = await take(order, all.length);
      expect(taken.map((id) => told.get(id))).toEqual(taken.map((_, index) => index));
      expect(await order.position('eve-00000')).toBeNull();
    });

    test('a run that is cancelled counts no more, and its owner’s others come the sooner', async () => {
      await using order = await open();
      const [first, second, third] = runs('eve', 'interactive', 3);
      if (first === undefined || second === undefined || third === undefined) throw new TypeError('three');
      await order.add([first, second, third], 1);
      await order.cancel(first);
      expect(await order.position(first.id)).toBeNull();
      expect(await order.position(third.id)).toBe(1);
      await order.cancel(second);
      expect(await take(order, 5)).toEqual([third.id]);
    });
  });
}

function ids(owner: string, count: number): string[] {
  return Array.from({length: count}, (_, index) => `${owner}-${String(index).padStart(5, '0')}`);
}

function runs(owner: string, priority: WaitingRun['priority'], count: number): WaitingRun[] {
  return ids(owner, count).map((id) => ({id, owner, priority}));
}

/** At most so many. */
async function take(order: TurnOrder, count: number): Promise<string[]> {
  const taken: string[] = [];
  while (taken.length < count) {
    const id = await order.take();
    if (id === null) break;
    taken.push(id);
  }
  return taken;
}
