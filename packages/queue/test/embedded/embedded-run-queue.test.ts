import {EmbeddedRunQueue, type QueueEntry} from '@sandglass/queue';
import {expect, test} from 'vitest';
import {describeFairOrder} from '../contract/fair-order-contract.ts';
import {describeQueueContract} from '../contract/queue-contract.ts';

describeQueueContract('embedded', async ({capacity}) => new EmbeddedRunQueue({capacity}));

describeFairOrder('embedded', {
  crowd: 10_000,
  open: async () => {
    const weights = new Map<string, number>();
    const queue = new EmbeddedRunQueue({
      capacity: 20_000,
      weightOf: (owner) => weights.get(owner) ?? 1,
    });
    return {
      add: async (runs, weight) => {
        for (const {owner} of runs.slice(0, 1)) weights.set(owner, weight);
        using places = queue.reserve(runs.length);
        await places.enqueue(
          runs.map(({id: runId, owner, priority}) => ({runId, owner, priority, attempt: 1})),
        );
      },
      take: async () => {
        const {interactive, batch} = queue.depth;
        if (interactive + batch === 0) return null;
        return (await queue.take({signal: undefined})).entry.runId;
      },
      cancel: async ({id}) => void (await queue.remove(id)),
      position: async (id) => queue.position(id)?.position ?? null,
      [Symbol.asyncDispose]: () => queue[Symbol.asyncDispose](),
    };
  },
});

test('the start of a waiting run is estimated from how fast runs were taken lately', async () => {
  const clock = {nowMs: 0};
  await using queue = new EmbeddedRunQueue({now: () => clock.nowMs});
  await queue.recover(interactive(30));
  expect(queue.position('run-29')).toEqual({position: 29, secondsUntilTaken: null});
  for (let taken = 0; taken < 10; taken++) {
    await queue.take({signal: undefined});
    clock.nowMs += 500;
  }
  expect(queue.position('run-29')).toEqual({position: 19, secondsUntilTaken: 10});
  expect(queue.position('run-0')).toBeNull();
});

test('Retry-After follows from how fast runs were taken lately', async () => {
  const clock = {nowMs: 0};
  await using queue = new EmbeddedRunQueue({capacity: 40, now: () => clock.nowMs});
  await queue.recover(interactive(40 + 20));
  for (let taken = 0; taken < 20; taken++) {
    await (await queue.take({signal: undefined})).complete();
    clock.nowMs += 500;
  }
  // Two runs a second; sixteen places are wanted.
  expect(() => queue.reserve(16)).toThrow(
    expect.objectContaining({code: 'server-full', retryAfterSeconds: 8}),
  );
});

test('Retry-After grows while nothing is taken, up to a minute', async () => {
  const clock = {nowMs: 0};
  await using queue = new EmbeddedRunQueue({capacity: 1, now: () => clock.nowMs});
  await queue.recover(interactive(2));
  await (await queue.take({signal: undefined})).complete();
  clock.nowMs += 20_000;
  expect(() => queue.reserve(1)).toThrow(expect.objectContaining({retryAfterSeconds: 20}));
  clock.nowMs += 3_600_000;
  expect(() => queue.reserve(1)).toThrow(expect.objectContaining({retryAfterSeconds: 60}));
});

test('a request larger than the whole queue is told that it can never fit', async () => {
  await using queue = new EmbeddedRunQueue({capacity: 5});
  expect(() => queue.reserve(6)).toThrow(/send at most 5 runs together/);
});

test('the oldest wait is measured from when a run became ready, in either class', async () => {
  const clock = {nowMs: 1_000};
  await using queue = new EmbeddedRunQueue({now: () => clock.nowMs});
  await queue.recover([{runId: 'old', owner: 'local', priority: 'batch', attempt: 1}]);
  clock.nowMs += 250;
  await queue.recover(interactive(1));
  clock.nowMs += 50;
  expect(queue.depth.oldestWaitMs).toBe(300);
});

test('emptying a queue of 200 000 runs takes time in proportion to their number', async () => {
  await using queue = new EmbeddedRunQueue({capacity: 200_000});
  await queue.recover(interactive(200_000));
  const startedAt = performance.now();
  for (let taken = 0; taken < 200_000; taken++) await queue.take({signal: undefined});
  // About 0.2 s when each take is constant; a quadratic queue needs minutes.
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});

function interactive(count: number): QueueEntry[] {
  return Array.from({length: count}, (_, index) => ({
    runId: `run-${index}`,
    owner: 'local',
    priority: 'interactive',
    attempt: 1,
  }));
}
