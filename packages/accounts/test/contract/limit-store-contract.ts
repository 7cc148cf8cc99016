import type {LimitStore} from '@sandglass/accounts';
import {describe, expect, it} from 'vitest';

/** Long enough that no window ends while a test runs, except once in many years. */
const WINDOW_MS = 365 * 24 * 60 * 60 * 1000;

/** What every limit store promises. `open` gives another view of the same counts each time. */
export function describeLimitStoreContract(name: string, open: () => Promise<LimitStore>): void {
  describe(`limit store contract: ${name}`, () => {
    let tests = 0;
    const newKey = () => `${process.pid}-${tests++}`;

    it('counts within a window, and says what is left and for how long', async () => {
      await using limits = await open();
      const claim = {key: newKey(), limit: 2, windowMs: WINDOW_MS};
      expect(await limits.count(claim)).toMatchObject({isWithin: true, remaining: 1});
      expect(await limits.count(claim)).toMatchObject({isWithin: true, remaining: 0});
      const {isWithin, remaining, resetMs} = await limits.count(claim);
      expect({isWithin, remaining}).toEqual({isWithin: false, remaining: 0});
      expect(resetMs).toBeGreaterThan(0);
      expect(resetMs).toBeLessThanOrEqual(WINDOW_MS);
      expect(await limits.count({...claim, key: newKey()})).toMatchObject({isWithin: true});
    });

    it('lets exactly as many through as the limit says, however many ask at once', async () => {
      await using limits = await open();
      const claim = {key: newKey(), limit: 30, windowMs: WINDOW_MS};
      const states = await Promise.all(Array.from({length: 100}, () => limits.count(claim)));
      expect(states.filter(({isWithin}) => isWithin)).toHaveLength(30);
    });
  });
}
