import {MemoryLimitStore} from '@sandglass/accounts';
import {expect, test} from 'vitest';
import {describeLimitStoreContract} from '../contract/limit-store-contract.ts';

describeLimitStoreContract('memory', async () => new MemoryLimitStore());

test('a new window counts anew', async () => {
  let now = 30_000;
  await using limits = new MemoryLimitStore(() => now);
  const claim = {key: 'k', limit: 1, windowMs: 60_000};
  expect(await limits.count(claim)).toEqual({isWithin: true, remaining: 0, resetMs: 30_000});
  expect(await limits.count(claim)).toMatchObject({isWithin: false});
  now = 60_000;
  expect(await limits.count(claim)).toEqual({isWithin: true, remaining: 0, resetMs: 60_000});
});
