import {mkdtemp, rm, stat} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {openAccountsDatabase} from '@sandglass/accounts/database';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {describeAccountsContract} from '../contract/accounts-contract.ts';

let folder: string;
let databases = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandglass-accounts-'));
});
afterAll(async () => {
  await rm(folder, {recursive: true});
});
const newTarget = async () => join(folder, `${databases++}.sqlite`);

describeAccountsContract('SQLite', newTarget);

test('the file is for its owner only, and one that cannot be opened is told', async () => {
  const path = await newTarget();
  await using _ = await openAccountsDatabase(path);
  expect((await stat(path)).mode & 0o077).toBe(0);
  await expect(openAccountsDatabase(folder)).rejects.toMatchObject({code: 'store-failed'});
});
