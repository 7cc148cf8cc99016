/** Begins to change a store and says so; then waits to be killed. */
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {ImageStore} from '../../../src/store/image-store.ts';

const [folder = ''] = process.argv.slice(2);
await new ImageStore(folder).change({onWait: () => undefined, signal: undefined}, async ({draft}) => {
  await writeFile(join(draft, 'half'), 'half a tree');
  process.stdout.write('holding\n');
  await new Promise(() => setInterval(() => undefined, 1000));
});
