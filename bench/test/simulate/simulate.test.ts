import {describe, expect, it} from 'vitest';
import {erlangC} from '../../simulate/erlang.ts';
import type {Model} from '../../simulate/model.ts';
import {simulate} from '../../simulate/simulate.ts';
import {percentile} from '../../statistics.ts';
import {meanOf, PLAIN, repeated} from './support/model.ts';

const exponential: Model['times'] = (random) => ({frontMs: 0, slotMs: random.exponential(10)});
const p99 = (values: Float64Array) => percentile([...values], 0.99);

describe('the simulation, where theory knows the answer', () => {
  it.each([
    {servers: 1, perSecond: 60},
    {servers: 4, perSecond: 320},
    {servers: 16, perSecond: 1_280},
  ])('has the waits of Erlang for $servers servers at $perSecond runs a second', ({servers, perSecond}) => {
    const theory = erlangC({perSecond, serviceMs: 10, servers});
    const model = {
      ...PLAIN,
      arrivals: {kind: 'poisson', perSecond},
      times: exponential,
      slots: servers,
    } as const;
    const mean = repeated(model, ({waitMs}) => meanOf(waitMs));
    expect(theory.meanWaitMs).toBeGreaterThan(mean.low);
    expect(theory.meanWaitMs).toBeLessThan(mean.high);
    const tail = repeated(model, ({waitMs}) => p99(waitMs));
    expect(theory.waitMs(0.99)).toBeGreaterThan(tail.low);
    expect(theory.waitMs(0.99)).toBeLessThan(tail.high);
  });

  it('has the same waits when the servers are workers with a machine each', () => {
    const theory = erlangC({perSecond: 320, serviceMs: 10, servers: 4});
    const model = {
      ...PLAIN,
      arrivals: {kind: 'poisson', perSecond: 320},
      times: exponential,
      workers: 4,
    } as const;
    const {low, high} = repeated(model, ({waitMs}) => meanOf(waitMs));
    expect(theory.meanWaitMs).toBeGreaterThan(low);
    expect(theory.meanWaitMs).toBeLessThan(high);
  });

  it('has the mean wait of Pollaczek and Khinchine for runs that all take the same', () => {
    const model = {...PLAIN, arrivals: {kind: 'poisson', perSecond: 70}} as const;
    const {low, high} = repeated(model, ({waitMs}) => meanOf(waitMs));
    // ρ s ÷ 2 (1 − ρ), half of what it were for exponential times.
    const theory = (0.7 * 10) / (2 * (1 - 0.7));
    expect(theory).toBeGreaterThan(low);
    expect(theory).toBeLessThan(high);
  });

  it('shares a core as theory does: the mean time is s ÷ (1 − ρ) whatever the distribution', () => {
    const shared = {...PLAIN, arrivals: {kind: 'poisson', perSecond: 70}, slots: 10_000, cores: 1} as const;
    for (const times of [PLAIN.times, exponential]) {
      const {low, high} = repeated({...shared, times}, ({totalMs}) => meanOf(totalMs));
      expect(10 / (1 - 0.7)).toBeGreaterThan(low);
      expect(10 / (1 - 0.7)).toBeLessThan(high);
    }
  });

  it('counts what nobody waits for as load, too', () => {
    const shared = {...PLAIN, arrivals: {kind: 'poisson', perSecond: 35}, slots: 10_000, cores: 1} as const;
    const {low, high} = repeated({...shared, afterMs: 10}, ({totalMs}) => meanOf(totalMs));
    // Twice the arrivals of a shared core with ρ = 0.7; those that nobody waits for come when others leave, which is not quite Poisson.
    expect(10 / (1 - 0.7)).toBeGreaterThan(low * 0.85);
    expect(10 / (1 - 0.7)).toBeLessThan(high * 1.15);
  });
});

describe('the simulation', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(simulate(PLAIN).waitMs).toEqual(simulate(PLAIN).waitMs);
    expect(simulate({...PLAIN, seed: 2}).waitMs).not.toEqual(simulate(PLAIN).waitMs);
  });

  it('makes runs wait longer in bursts than the same number of them evenly', () => {
    const bursty = {kind: 'bursty', perSecond: 50, factor: 5, burstShare: 0.1, burstMs: 200} as const;
    const result = simulate({...PLAIN, arrivals: bursty});
    expect(result.perSecond).toBeGreaterThan(40);
    expect(result.perSecond).toBeLessThan(60);
    expect(p99(result.waitMs)).toBeGreaterThan(3 * p99(simulate(PLAIN).waitMs));
  });

  it('lets a light owner wait no longer beside one who floods the queue', () => {
    const owners = [
      {share: 0.05, weight: 1, lane: 'interactive'},
      {share: 0.95, weight: 1, lane: 'interactive'},
    ] as const;
    // More than can be carried: the flood waits for ever longer.
    const {waitMsByOwner} = simulate({...PLAIN, owners, arrivals: {kind: 'poisson', perSecond: 120}});
    const [light = new Float64Array(), heavy = new Float64Array()] = waitMsByOwner;
    // One run that is being executed and one of the other owner's, of ten milliseconds each, and now and then one of his own.
    expect(percentile([...light], 0.99)).toBeLessThan(60);
    expect(meanOf(heavy)).toBeGreaterThan(1_000);
  });

  it('serves batch after interactive runs, but never lets it starve', () => {
    const owners = [
      {share: 0.5, weight: 1, lane: 'interactive'},
      {share: 0.5, weight: 1, lane: 'batch'},
    ] as const;
    const {waitMsByOwner, waitMs} = simulate({...PLAIN, owners, arrivals: {kind: 'poisson', perSecond: 190}});
    const [interactive = new Float64Array(), batch = new Float64Array()] = waitMsByOwner;
    expect(interactive.length + batch.length).toBe(waitMs.length);
    expect(meanOf(interactive)).toBeLessThan(meanOf(batch) / 10);
    expect(batch.length).toBeGreaterThan(interactive.length / 20);
  });

  it('delays runs of workers that fall silent by their lease, retries them elsewhere and gives up at last', () => {
    const failures = {meanTimeBetweenMs: 20_000, restartMs: 1_000, leaseMs: 5_000, maxAttempts: 3};
    const runs = 20_000;
    const model = {
      ...PLAIN,
      runs,
      workers: 4,
      arrivals: {kind: 'poisson', perSecond: 200},
      failures,
    } as const;
    const result = simulate(model);
    expect(result.retried).toBeGreaterThan(0);
    expect(result.waitMs.length + result.givenUp).toBe(runs);
    const delayed = result.waitMs.filter((wait) => wait > (5_000 * 2) / 3);
    expect(delayed.length).toBeGreaterThan(0);
    expect(delayed.length).toBeLessThanOrEqual(result.retried);
    // A service time of the order of the failures: three attempts in a row are lost now and then.
    const hopeless = {...failures, meanTimeBetweenMs: 20, restartMs: 1};
    expect(simulate({...model, failures: hopeless, runs: 2_000}).givenUp).toBeGreaterThan(0);
  });

  it('slows down what computes and not what only waits', () => {
    const crowded = {...PLAIN, slots: 10_000, cores: 1, arrivals: {kind: 'poisson', perSecond: 140}} as const;
    const {mean, low, high} = repeated({...crowded, cpuShare: 0.5}, ({totalMs}) => meanOf(totalMs));
    // Half of ten milliseconds is stretched by 1 ÷ (1 − 0.7), the other half is as long as ever.
    expect(5 / (1 - 0.7) + 5).toBeGreaterThan(low);
    expect(5 / (1 - 0.7) + 5).toBeLessThan(high);
    expect(mean).toBeGreaterThan(15);
  });

  it('makes a run wait for its sandbox when the stock is gone', () => {
    const pool = {size: 2, refillMs: 100};
    const scarce = simulate({...PLAIN, slots: 50, pool});
    const ample = simulate({...PLAIN, slots: 50, pool: {size: 500, refillMs: 1}});
    expect(percentile([...ample.totalMs], 0.5)).toBeCloseTo(10, 6);
    expect(percentile([...scarce.totalMs], 0.99)).toBeCloseTo(110, 6);
  });

  it('passes each run through the stations in front of the queue', () => {
    const front = {
      kind: 'own',
      stations: [
        {cores: 1, demandMs: 1},
        {cores: 1, demandMs: 2},
      ],
    } as const;
    const times = () => ({frontMs: 5, slotMs: 10});
    const quiet = simulate({...PLAIN, front, times, arrivals: {kind: 'poisson', perSecond: 0.1}, runs: 100});
    expect(percentile([...quiet.waitMs], 0.5)).toBeCloseTo(5, 6);
    // 400 a second use 0.8 of the second one; the workers have room.
    const busy = simulate({...PLAIN, front, times, slots: 100, arrivals: {kind: 'poisson', perSecond: 400}});
    expect(meanOf(busy.waitMs)).toBeGreaterThan(8);
  });
});
