/** Begins to change a store and says so; then waits to be killed. */
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import {ImageStore} from '../../../src/store/image-store.ts';

const [folder = ''] = process.argv.slice(2);
await new ImageStore(folder).change(
  {onWait: () => undefined, signal: undefined},
  async ({draft, objects}) => {
    await writeFile(join(draft, 'half'), 'half a tree');
    const writer = await objects.writer(draft);
    await writer.write(Readable.from([Buffer.from('of no tree')]), {bytes: 10, mode: 0o644, modifiedAtS: 0});
    process.stdout.write('holding\n');
    await new Promise(() => setInterval(() => undefined, 1000));
  },
);
