import {join} from 'node:path';
import {PostgresRunStore, SqliteRunStore} from '@sandglass/store';
import type {Config} from './config/config-schema.ts';

/**
 * Brings the run store up to date, which every start does as well. Resolves with a sentence for the operator. Throws `schema-too-new` when a
 * later version has changed it, and `store-failed`.
 */
export async function migrateStore({store, dataDir}: Config): Promise<string> {
  if (store.kind === 'postgres') {
    await using _opened = await PostgresRunStore.open({url: store.url});
    return 'The run store in PostgreSQL is up to date.';
  }
  const path = join(dataDir, 'sandglass.sqlite');
  await using _opened = await SqliteRunStore.open({path});
  return `The run store ${path} is up to date.`;
}
