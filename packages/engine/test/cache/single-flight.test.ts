import {describe, expect, it} from 'vitest';
import {SingleFlight} from '../../src/cache/single-flight.ts';

/** Work that ends when told to, and says how often it was begun and whether it was aborted. */
function scriptedWork() {
  const end = Promise.withResolvers<string>();
  const seen: AbortSignal[] = [];
  const work = async (signal: AbortSignal) => {
    seen.push(signal);
    return await end.promise;
  };
  return {work, seen, end};
}

describe('SingleFlight', () => {
  it('does the work once for fifty who ask at the same time', async () => {
    const flights = new SingleFlight<string>();
    const {work, seen, end} = scriptedWork();
    const all = Array.from({length: 50}, () => flights.join('key', work, {signal: undefined}));
    end.resolve('made');
    const results = await Promise.all(all);
    expect(seen.length).toBe(1);
    expect(results.filter(({isShared}) => !isShared).length).toBe(1);
    expect(new Set(results.map(({value}) => value))).toEqual(new Set(['made']));
  });

  it('lets the others have the result when the first one is cancelled', async () => {
    const flights = new SingleFlight<string>();
    const {work, seen, end} = scriptedWork();
    const first = new AbortController();
    const leader = flights.join('key', work, {signal: first.signal});
    const follower = flights.join('key', work, {signal: undefined});
    first.abort();
    await expect(leader).rejects.toMatchObject({code: 'cancelled'});
    expect(seen[0]?.aborted).toBe(false);
    end.resolve('made');
    await expect(follower).resolves.toEqual({value: 'made', isShared: true});
  });

  it('aborts the work when the last one has left, and begins anew for the next', async () => {
    const flights = new SingleFlight<string>();
    const {work, seen, end} = scriptedWork();
    const callers = [new AbortController(), new AbortController()];
    const waits = callers.map(({signal}) => flights.join('key', work, {signal}));
    for (const caller of callers) caller.abort();
    await Promise.allSettled(waits);
    expect(seen[0]?.aborted).toBe(true);
    const next = flights.join('key', work, {signal: undefined});
    end.resolve('made');
    expect((await next).isShared).toBe(false);
    expect(seen.length).toBe(2);
  });

  it('gives a failure to everyone who waits and tries again for the next', async () => {
    const flights = new SingleFlight<string>();
    const failing = async () => Promise.reject(new Error('no room'));
    const waits = [1, 2].map(() => flights.join('key', failing, {signal: undefined}));
    for (const wait of waits) await expect(wait).rejects.toThrow('no room');
    const after = await flights.join('key', async () => 'made', {signal: undefined});
    expect(after).toEqual({value: 'made', isShared: false});
  });

  it('refuses to begin for a caller that is cancelled already', async () => {
    const flights = new SingleFlight<string>();
    const {work, seen} = scriptedWork();
    await expect(flights.join('key', work, {signal: AbortSignal.abort()})).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(seen).toEqual([]);
  });
});
