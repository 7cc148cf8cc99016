import {pullImage} from '../../../src/oci/pull-image.ts';
import {ImageStore} from '../../../src/store/image-store.ts';

/** A process of its own that pulls an image, for tests that kill it: store and reference are its arguments. */
const [folder = '', reference = ''] = process.argv.slice(2);
await pullImage(new ImageStore(folder), {
  name: 'tools',
  reference,
  access: {authFile: null, insecure: true},
  onProgress: () => undefined,
  signal: undefined,
});
