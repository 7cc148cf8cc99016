import {describe, expect, it} from 'vitest';
import {BoundedWork} from '../../src/identity/bounded-work.ts';

/** Work that ends when it is told to. */
function controlled() {
  const begun: number[] = [];
  const ends = new Map<number, () => void>();
  const work = (id: number) => async () => {
    begun.push(id);
    const {promise, resolve} = Promise.withResolvers<void>();
    ends.set(id, resolve);
    await promise;
    return id;
  };
  return {begun, work, end: (id: number) => ends.get(id)?.()};
}

describe('bounded work', () => {
  it('does a few pieces at once, the others in their order, and refuses what is too much', async () => {
    const bounded = new BoundedWork({concurrency: 2, maxWaiting: 3});
    const {begun, work, end} = controlled();
    const results = [1, 2, 3, 4, 5].map((id) => bounded.run(work(id)));
    await expect(bounded.run(work(6))).rejects.toMatchObject({
      code: 'rate-limited',
      retryAfterSeconds: expect.any(Number),
    });
    await expect.poll(() => begun).toEqual([1, 2]);
    end(2);
    await expect.poll(() => begun).toEqual([1, 2, 3]);
    results.push(bounded.run(work(7)));
    for (const id of [1, 3, 4, 5, 7]) {
      await expect.poll(() => begun).toContain(id);
      end(id);
    }
    expect(await Promise.all(results)).toEqual([1, 2, 3, 4, 5, 7]);
    expect(begun).toEqual([1, 2, 3, 4, 5, 7]);
  });

  it('goes on after work that fails, and gives its place back', async () => {
    const bounded = new BoundedWork({concurrency: 1, maxWaiting: 1});
    for (let times = 0; times < 5; times += 1)
      await expect(bounded.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await bounded.run(async () => 'yes')).toBe('yes');
  });
});
