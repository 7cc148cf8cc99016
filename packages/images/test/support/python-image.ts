import {homedir} from 'node:os';
import {join} from 'node:path';
import {SandglassError} from '@sandglass/protocol';
import {buildDebian} from '../../src/debian/build-debian.ts';
import {findVariant} from '../../src/debian/variants.ts';
import {ImageStore} from '../../src/store/image-store.ts';
import type {StoredImage} from '../../src/stored-image.ts';

/** Built once for a user, and found again by the next test run. */
export const SHARED_STORE = join(homedir(), '.cache', 'sandglass-tests', 'images');

/** Debian's Python, as `sandglass images build python` makes it. The first call on a machine takes half a minute. */
export async function sharedPythonImage(): Promise<StoredImage> {
  const store = new ImageStore(SHARED_STORE);
  try {
    return await built(store, false);
  } catch (error) {
    // A mirror keeps the newest version of each package only.
    if (!(error instanceof SandglassError && error.code === 'image-refused')) throw error;
    return await built(store, true);
  }
}

async function built(store: ImageStore, update: boolean): Promise<StoredImage> {
  const {image} = await buildDebian(store, {
    name: 'python',
    variant: findVariant('python'),
    suite: 'bookworm',
    mirror: 'http://deb.debian.org/debian',
    lockFile: null,
    update,
    onProgress: () => undefined,
    signal: undefined,
  });
  return image;
}
