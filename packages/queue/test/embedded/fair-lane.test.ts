import fc from 'fast-check';
import {expect, test} from 'vitest';
import {FairLane, type ReadyEntry} from '../../src/embedded/fair-lane.ts';
import type {LinkedNode} from '../../src/embedded/linked-list.ts';
import type {QueueEntry} from '../../src/run-queue.ts';

const step = fc.oneof(
  {weight: 4, arbitrary: fc.record({kind: fc.constant('append' as const), owner: fc.nat({max: 6})})},
  {weight: 2, arbitrary: fc.constant({kind: 'shift' as const})},
  {weight: 1, arbitrary: fc.record({kind: fc.constant('remove' as const), index: fc.nat({max: 40})})},
);

test('a lane always hands out the lowest turn, and counts what is before each, under any sequence of steps', () => {
  fc.assert(
    fc.property(fc.array(step, {maxLength: 150}), (steps) => {
      const lane = new FairLane();
      let waiting: LinkedNode<ReadyEntry>[] = [];
      for (const act of steps) {
        if (act.kind === 'append')
          waiting.push(lane.append(entryOf(act.owner), {readyAt: 0, weight: 1 + (act.owner % 3)}));
        if (act.kind === 'remove' && waiting.length > 0) {
          const [gone] = waiting.splice(act.index % waiting.length, 1);
          if (gone !== undefined) lane.remove(gone);
        }
        waiting = waiting.sort(
          ({value: left}, {value: right}) => left.turn - right.turn || left.arrival - right.arrival,
        );
        if (act.kind === 'shift') expect(lane.shift()).toBe(waiting.shift()?.value);
        expect(lane.size).toBe(waiting.length);
      }
      for (const [index, {value}] of waiting.entries()) expect(lane.countBefore(value)).toBe(index);
    }),
  );
});

test('ten thousand owners with ten runs each are served in time in proportion to their number', () => {
  const lane = new FairLane();
  for (let round = 0; round < 10; round++)
    for (let owner = 0; owner < 10_000; owner++) lane.append(entryOf(owner), {readyAt: 0, weight: 1});
  const startedAt = process.cpuUsage();
  const first = Array.from({length: 10_000}, () => lane.shift()?.entry.owner);
  expect(new Set(first).size).toBe(10_000);
  while (lane.size > 0) lane.shift();
  const {user} = process.cpuUsage(startedAt);
  // About 0.1 s; looking at each owner for each run would take minutes.
  expect(user / 1e6).toBeLessThan(5);
});

function entryOf(owner: number): QueueEntry {
  return {runId: 'any', owner: `owner-${owner}`, priority: 'interactive', attempt: 1};
}
