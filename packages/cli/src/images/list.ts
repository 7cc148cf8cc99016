import type {StoredImage} from '@sandglass/images';
import {toOneLine} from '../terminal/sanitize.ts';
import {styleFor} from '../terminal/style.ts';
import {formatTable} from '../terminal/table.ts';
import {formatBytes} from '../terminal/units.ts';
import {openStore} from './open-store.ts';

/** `sandglass images list`. */
export async function listImages(json: boolean): Promise<void> {
  const images = await (await openStore()).list();
  if (json) {
    process.stdout.write(`${JSON.stringify(images, null, 2)}\n`);
    return;
  }
  if (images.length === 0) {
    process.stdout.write('There are no images yet. To make one: sandglass images build debian\n');
    return;
  }
  const rows = images.map((image) => [
    image.name,
    formatBytes(image.bytes),
    image.digest.slice('sha256:'.length, 'sha256:'.length + 12),
    toOneLine(describeSource(image)),
    (image.languages ?? []).map(({id}) => id).join(' ') || '-',
  ]);
  const [heading = '', ...lines] = formatTable([['IMAGE', 'SIZE', 'DIGEST', 'SOURCE', 'LANGUAGES'], ...rows]);
  process.stdout.write(`${styleFor(process.stdout)('bold', heading)}\n${lines.join('\n')}\n`);
}

/** `sandglass images inspect`. */
export async function inspectImage(name: string): Promise<void> {
  const image = await (await openStore()).get(name);
  process.stdout.write(`${JSON.stringify(image, null, 2)}\n`);
}

function describeSource({source}: StoredImage): string {
  return source.kind === 'debian' ? `debian ${source.suite}` : source.reference;
}
