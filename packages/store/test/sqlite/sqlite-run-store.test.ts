import {join} from 'node:path';
import {SqliteRunStore} from '@sandglass/store';
import {describeStoreContract} from '../contract/store-contract.ts';
import {makeTemporaryFolder} from './temporary-folder.ts';

describeStoreContract('SQLite', async () => {
  const folder = await makeTemporaryFolder();
  return {
    open: () => SqliteRunStore.open({path: join(folder.path, 'sandglass.db')}),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
});
