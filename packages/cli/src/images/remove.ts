import type {Freed} from '@sandglass/images';
import {formatBytes} from '../terminal/units.ts';
import {openStore} from './open-store.ts';

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
  tell(sum, json);
}

/** `sandglass images prune`. */
export async function pruneImages(json: boolean): Promise<void> {
  tell(await (await openStore()).prune(OPTIONS), json);
}

function tell(freed: Freed, json: boolean): void {
  process.stdout.write(
    json
      ? `${JSON.stringify(freed)}\n`
      : `Removed ${freed.trees} tree${freed.trees === 1 ? '' : 's'} and ${freed.objects} files: ${formatBytes(freed.bytes)} are free.\n`,
  );
}
