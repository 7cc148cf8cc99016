import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {estimate, estimateDifference, estimateRatio, percentiles, spread} from '../statistics.ts';

const samples = fc.array(fc.double({min: 0.01, max: 1000, noNaN: true}), {minLength: 1, maxLength: 50});

/** The same numbers each time: mulberry32. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('figures of samples', () => {
  it('are nearest-rank percentiles, in whatever order the samples came', () => {
    const hundred = Array.from({length: 100}, (_, index) => 100 - index);
    expect(percentiles(hundred)).toEqual({count: 100, p50: 50, p95: 95, p99: 99});
    expect(percentiles([7])).toEqual({count: 1, p50: 7, p95: 7, p99: 7});
  });

  it('lie within their interval, and the interval within the samples', () => {
    fc.assert(
      fc.property(samples, fc.integer(), (some, seed) => {
        const {value, low, high} = estimate(some, 0.5, seeded(seed));
        expect(low).toBeGreaterThanOrEqual(Math.min(...some));
        expect(high).toBeLessThanOrEqual(Math.max(...some));
        expect(low).toBeLessThanOrEqual(high);
        expect(some).toContain(value);
      }),
      {numRuns: 20},
    );
  });

  it('have an interval that covers the true median in most of many repetitions', () => {
    const random = seeded(1);
    let covered = 0;
    for (let repetition = 0; repetition < 100; repetition++) {
      const {low, high} = estimate(Array.from({length: 40}, random), 0.5, random);
      if (low <= 0.5 && high >= 0.5) covered += 1;
    }
    expect(covered).toBeGreaterThanOrEqual(88);
  });

  it('say how much one side is above the other, not how much single samples are', () => {
    const slow = [10, 11, 12, 500];
    const fast = [1, 1, 2, 3];
    const {value, low, high} = estimateDifference([slow, fast], 0.5, seeded(1));
    expect(value).toBe(10);
    expect(low).toBeGreaterThanOrEqual(10 - 3);
    expect(high).toBeLessThanOrEqual(500 - 1);
    expect(estimateDifference([fast, slow], 0.5, seeded(1)).value).toBe(-10);
  });

  it('compare two sides as a ratio', () => {
    const ratio = estimateRatio(
      [
        [2, 2, 2],
        [4, 4, 4],
      ],
      0.5,
      seeded(2),
    );
    expect(ratio).toEqual({value: 0.5, low: 0.5, high: 0.5});
  });

  it('say how far repetitions differ', () => {
    expect(spread([100, 100, 100])).toEqual({variation: 0, range: 0});
    expect(spread([99, 100, 101])).toEqual({
      variation: expect.closeTo(0.01, 5),
      range: expect.closeTo(0.02, 5),
    });
  });

  it('are none of nothing', () => {
    expect(() => percentiles([])).toThrow(RangeError);
    expect(() => spread([])).toThrow(RangeError);
  });
});
