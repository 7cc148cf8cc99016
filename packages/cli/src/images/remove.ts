import {defineImage, type Freed, type ImageStore} from '@sandglass/images';
import {microvmCacheFolder, pruneMicrovmCache} from '@sandglass/sandbox';
import {formatBytes} from '../terminal/units.ts';
import {dataFolder, openStore} from './open-store.ts';

const OPTIONS = {
  onWait: () => process.stderr.write('Waiting for a build to end\n'),
  signal: undefined,
};

/** `sandglass images remove`. Nothing is removed when one of the names is unknown. */
export async function removeImages(names: readonly string[], json: boolean): Promise<void> {
  const store = await openStore();
  for (const name of names) await store.get(name);
  const sum = {trees: 0, objects: 0, bytes: 0};
  for (const name of names) {
    const freed = await store.remove(name, OPTIONS);
    sum.trees += freed.trees;
    sum.objects += freed.objects;
    sum.bytes += freed.bytes;
  }
  await tell(sum, store, json);
}

/** `sandglass images prune`. */
export async function pruneImages(json: boolean): Promise<void> {
  const store = await openStore();
  await tell(await store.prune(OPTIONS), store, json);
}

/** What virtual machines were made of goes with the images. */
async function tell(freed: Freed, store: ImageStore, json: boolean): Promise<void> {
  const images = (await store.list()).map(defineImage);
  const machines = await pruneMicrovmCache(microvmCacheFolder(await dataFolder()), images);
  const bytes = freed.bytes + machines.bytes;
  process.stdout.write(
    json
      ? `${JSON.stringify({...freed, bytes, machineFiles: machines.files})}\n`
      : `Removed ${freed.trees} tree${freed.trees === 1 ? '' : 's'}, ${freed.objects} files and ${machines.files} files of machines: ${formatBytes(bytes)} are free.\n`,
  );
}
