import {expect, it} from 'vitest';
import {erlangC} from '../../simulate/erlang.ts';

it.each([
  // One server: the share that waits is the load, ρ s ÷ (1 − ρ) the wait.
  {servers: 1, perSecond: 50, waitShare: 0.5, meanWaitMs: 10},
  // Two at ρ = 0.5: 2 ρ² ÷ (1 + ρ) wait.
  {servers: 2, perSecond: 100, waitShare: 1 / 3, meanWaitMs: 10 / 3},
])('$servers servers at $perSecond runs of 10 ms a second', ({servers, perSecond, waitShare, meanWaitMs}) => {
  const theory = erlangC({perSecond, serviceMs: 10, servers});
  expect(theory.waitShare).toBeCloseTo(waitShare, 10);
  expect(theory.meanWaitMs).toBeCloseTo(meanWaitMs, 10);
  expect(theory.waitMs(0.4)).toBe(waitShare <= 0.6 ? 0 : expect.anything());
  expect(theory.waitMs(0.99)).toBeGreaterThan(theory.waitMs(0.9));
});

it('more load than the servers carry has no answer', () => {
  expect(() => erlangC({perSecond: 200, serviceMs: 10, servers: 2})).toThrow(
    '2.00 servers are busy on average and there are 2',
  );
});

it('a thousand servers overflow nothing', () => {
  const {waitShare} = erlangC({perSecond: 98_000, serviceMs: 10, servers: 1_000});
  expect(waitShare).toBeGreaterThan(0);
  expect(waitShare).toBeLessThan(1);
});
