import {contentKey} from '../../src/cache/content-key.ts';
import {DiskStore} from '../../src/cache/disk-store.ts';

/** Writes the same twenty records over and over, into a store that has room for half of them. */
const store = await DiskStore.open(process.argv[2] ?? '', {maxBytes: 200_000});
for (let round = 0; round < 10; round++)
  for (let index = 0; index < 20; index++)
    await store.write(contentKey([String(index)]), [Buffer.alloc(20_000, index)]);
