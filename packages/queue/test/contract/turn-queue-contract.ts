import type {Turn, TurnQueue} from '@sandglass/queue';
import {describe, expect, test, vi} from 'vitest';

/** A broker with nothing in it; every `open` on it reaches the same turns. */
export interface TurnHome {
  open(options: {readonly slots: number}): Promise<TurnQueue>;
}

/** What every adapter of the turn queue must do. Call it in a test file with a way to get an empty broker. */
export function describeTurnQueueContract(name: string, makeHome: () => Promise<TurnHome>): void {
  describe(`turn queue contract: ${name}`, () => {
    test('each offered turn is handed out once', async () => {
      await using queue = await (await makeHome()).open({slots: 10});
      await queue.offer(3);
      await takeMany(queue, 3);
      await expectNothing(queue);
    });

    test('a take that came first gets the next turn', async () => {
      await using queue = await (await makeHome()).open({slots: 10});
      const order: string[] = [];
      const first = queue.take({signal: undefined}).then(() => order.push('first'));
      const second = queue.take({signal: undefined}).then(() => order.push('second'));
      await queue.offer(1);
      await first;
      expect(order).toEqual(['first']);
      await queue.offer(1);
      await second;
    });

    test('an aborted take rejects with its reason and takes no turn with it', async () => {
      await using queue = await (await makeHome()).open({slots: 10});
      const controller = new AbortController();
      const reason = new Error('no longer wanted');
      const taking = queue.take({signal: controller.signal});
      controller.abort(reason);
      await expect(taking).rejects.toBe(reason);
      await expect(queue.take({signal: controller.signal})).rejects.toBe(reason);
      await queue.offer(1);
      await takeMany(queue, 1);
    });

    test('turns that nobody took are counted', async () => {
      await using queue = await (await makeHome()).open({slots: 1});
      expect(await queue.waiting()).toBe(0);
      await queue.offer(5);
      // Brokers count a moment behind what they have confirmed.
      await vi.waitUntil(async () => (await queue.waiting()) === 5, {timeout: 10_000});
    });

    test('offers by hundreds are all kept', async () => {
      await using queue = await (await makeHome()).open({slots: 1_200});
      await queue.offer(1_100);
      await takeMany(queue, 1_100);
      await expectNothing(queue);
    });

    test('disposing rejects the waiting takes, and a disposed queue takes nothing more', async () => {
      const queue = await (await makeHome()).open({slots: 10});
      const rejected = expect(queue.take({signal: undefined})).rejects.toMatchObject({code: 'shutting-down'});
      await queue[Symbol.asyncDispose]();
      await rejected;
      await queue[Symbol.asyncDispose]();
      await expect(queue.take({signal: undefined})).rejects.toMatchObject({code: 'shutting-down'});
      await expect(queue.offer(1)).rejects.toMatchObject({code: 'queue-failed'});
    });
  });
}

/** What an adapter over a broker that other processes share must do besides. */
export function describeSharedTurnQueueContract(name: string, makeHome: () => Promise<TurnHome>): void {
  describe(`shared turn queue contract: ${name}`, () => {
    test('what one process offers, another one takes', async () => {
      const home = await makeHome();
      await using offering = await home.open({slots: 1});
      await using taking = await home.open({slots: 10});
      const turns = takeMany(taking, 2);
      await offering.offer(2);
      await turns;
    });

    test('a worker holds no more turns than it has slots, and the rest goes to another one', async () => {
      const home = await makeHome();
      await using small = await home.open({slots: 2});
      await using large = await home.open({slots: 10});
      await small.offer(5);
      const held = await take(small, 2);
      await expectNothing(small);
      const rest = await take(large, 3);
      await expectNothing(large);
      for (const turn of [...held, ...rest]) await turn.done();
    });

    test('turns of a process that ends without finishing them go to another one', async () => {
      const home = await makeHome();
      const dying = await home.open({slots: 3});
      await dying.offer(3);
      const [finished] = await take(dying, 3);
      await finished?.done();
      await using heir = await home.open({slots: 10});
      // Whatever was on its way to the broker is there when the connection is closed.
      await dying[Symbol.asyncDispose]();
      await takeMany(heir, 2);
      await expectNothing(heir);
    });
  });
}

/** The same broker, and how to end it and bring it back. */
export interface MortalTurnHome extends TurnHome {
  kill(): Promise<void>;
  restart(): Promise<void>;
}

export function describeBrokerLossContract(name: string, makeHome: () => Promise<MortalTurnHome>): void {
  describe(`broker loss contract: ${name}`, () => {
    test('while the broker is away offers are refused and takes wait; afterwards what it had confirmed is handed out', async () => {
      const home = await makeHome();
      await using offering = await home.open({slots: 1});
      await using taking = await home.open({slots: 10});
      await offering.offer(2);
      await home.kill();
      const turns = take(taking, 3);
      await vi.waitUntil(
        async () =>
          await offering.offer(1).then(
            () => false,
            () => true,
          ),
        {timeout: 10_000},
      );
      await home.restart();
      await vi.waitUntil(
        async () =>
          await offering.offer(1).then(
            () => true,
            () => false,
          ),
        {timeout: 30_000, interval: 100},
      );
      expect(await turns).toHaveLength(3);
    }, 60_000);
  });
}

async function take(queue: TurnQueue, count: number): Promise<Turn[]> {
  const turns: Turn[] = [];
  while (turns.length < count) turns.push(await queue.take({signal: AbortSignal.timeout(40_000)}));
  return turns;
}

async function takeMany(queue: TurnQueue, count: number): Promise<void> {
  for (const turn of await take(queue, count)) await turn.done();
}

/** Nothing comes within a moment. A turn that comes late makes the test pass wrongly, never fail wrongly. */
async function expectNothing(queue: TurnQueue): Promise<void> {
  await expect(queue.take({signal: AbortSignal.timeout(150)})).rejects.toMatchObject({name: 'TimeoutError'});
}
