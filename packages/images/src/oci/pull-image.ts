import {createHash} from 'node:crypto';
import {readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {ETC_FILES} from '@sandglass/languages';
import {DEFAULT_BOUNDS, type ImageBounds} from '../bounds.ts';
import {applyLayer} from '../layer/apply-layer.ts';
import {openLayer} from '../layer/open-layer.ts';
import type {OnProgress} from '../progress.ts';
import {refused} from '../refusal.ts';
import {checkImageName, type ImageStore, type StoreChange} from '../store/image-store.ts';
import type {StoredImage} from '../stored-image.ts';
import {ImageTree} from '../tree/image-tree.ts';
import {addSystemFiles} from '../tree/system-files.ts';
import {type ImageReference, parseReference} from './image-reference.ts';
import {type OciImage, readLayout} from './read-layout.ts';
import {type RegistryAccess, runSkopeo} from './skopeo.ts';

export interface PullOptions {
  /** What the store calls it. */
  readonly name: string;
  readonly reference: string;
  readonly access: RegistryAccess;
  /** Default: {@link DEFAULT_BOUNDS}. */
  readonly bounds?: ImageBounds;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal | undefined;
}

/** Changes when the same layers would make another tree. */
const RECIPE = 'oci-1';
const GROWTH_INTERVAL_MS = 300;

/**
 * Fetches an OCI image and makes it an image of the store; `isNew` is false when the store has just this already and nothing was done.
 * Throws `image-unavailable` (source or tool missing), `image-refused` (hostile, damaged), `invalid-request` (name or reference).
 */
export async function pullImage(
  store: ImageStore,
  options: PullOptions,
): Promise<{readonly image: StoredImage; readonly isNew: boolean}> {
  checkImageName(options.name);
  const reference = parseReference(options.reference);
  const bounds = options.bounds ?? DEFAULT_BOUNDS;
  const {onProgress, signal} = options;
  const onWait = () => onProgress({kind: 'step', message: 'Waiting for another build to end'});
  return await store.change({onWait, signal}, async (change) => {
    const existing = await store.find(options.name);
    const isSame = (key: string) => existing?.buildKey === key && existing.source.kind === 'oci';
    // Asking the registry for the manifest costs a moment, fetching the layers minutes.
    const known = reference.kind === 'registry' ? await askRegistry(reference, options, bounds) : null;
    if (existing !== null && known !== null && isSame(buildKey(known.digest)))
      return {image: existing, isNew: false};
    const found = await fetchImage(reference, {...options, bounds, total: known?.bytes ?? null}, change);
    const key = buildKey(known?.digest ?? found.manifestDigest);
    if (existing !== null && isSame(key)) return {image: existing, isNew: false};
    const tree = await unpack(found, {...options, bounds}, change);
    const image = await change.commit(tree, {
      name: options.name,
      buildKey: key,
      source: {
        kind: 'oci',
        reference: reference.text,
        manifestDigest: known?.digest ?? found.manifestDigest,
        layers: found.layers.length,
      },
      config: found.config,
      languages: null,
    });
    return {image, isNew: true};
  });
}

/** The digest stands for all layers; our own files of /etc come on top. */
function buildKey(manifestDigest: string): string {
  return createHash('sha256')
    .update(JSON.stringify([RECIPE, manifestDigest, ETC_FILES]))
    .digest('hex');
}

async function askRegistry(
  {text}: ImageReference,
  {access, onProgress, signal}: PullOptions,
  bounds: ImageBounds,
): Promise<{readonly digest: string; readonly bytes: number | null}> {
  onProgress({kind: 'step', message: `Asking for ${text.replace('docker://', '')}`});
  const answer: unknown = JSON.parse(
    (await runSkopeo(['--no-tags', text], access, {verb: 'inspect', signal})).toString('utf8'),
  );
  const digest = field(answer, 'Digest');
  if (typeof digest !== 'string' || !/^sha256:[0-9a-f]{64}$/.test(digest))
    throw refused(`Cannot take ${text}: the registry told no sha256 digest.`);
  const layers = field(answer, 'LayersData');
  const sizes = Array.isArray(layers) ? layers.map((layer: unknown) => Number(field(layer, 'Size'))) : [];
  const bytes =
    sizes.length > 0 && sizes.every((size) => size >= 0) ? sizes.reduce((sum, size) => sum + size, 0) : null;
  if (bytes !== null && bytes > bounds.totalBytes)
    throw refused(
      `Cannot take ${text}: its layers have ${bytes} bytes, at most ${bounds.totalBytes} are taken.`,
    );
  return {digest, bytes};
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}

async function fetchImage(
  reference: ImageReference,
  options: PullOptions & {readonly bounds: ImageBounds; readonly total: number | null},
  {draft}: StoreChange,
): Promise<OciImage> {
  const {bounds, access, onProgress, signal} = options;
  if (reference.kind === 'layout') return await readLayout(reference.folder, reference.name, bounds);
  onProgress({kind: 'step', message: `Fetching ${reference.text.replace('docker://', '')}`});
  const folder = join(draft, 'oci');
  const gaveUp = new AbortController();
  const watch = setInterval(() => {
    void folderBytes(folder).then((done) => {
      onProgress({kind: 'bytes', done, total: options.total});
      // A registry that sends more than it announced is stopped, not waited for.
      if (done > bounds.totalBytes)
        gaveUp.abort(refused(`Cannot take the image: more than ${bounds.totalBytes} bytes came.`));
    });
  }, GROWTH_INTERVAL_MS);
  try {
    const either = signal === undefined ? gaveUp.signal : AbortSignal.any([signal, gaveUp.signal]);
    await runSkopeo([reference.text, `oci:${folder}:image`], access, {
      verb: 'copy',
      prefix: 'src-',
      signal: either,
    });
  } finally {
    clearInterval(watch);
  }
  return await readLayout(folder, null, bounds);
}

async function unpack(
  {layers}: OciImage,
  {bounds, onProgress, signal}: PullOptions & {readonly bounds: ImageBounds},
  {draft, objects}: StoreChange,
): Promise<ImageTree> {
  const tree = new ImageTree(bounds);
  const writer = await objects.writer(draft);
  const total = layers.reduce((sum, {bytes}) => sum + bytes, 0);
  let done = 0;
  onProgress({kind: 'step', message: `Unpacking ${layers.length} layer${layers.length === 1 ? '' : 's'}`});
  for (const [index, layer] of layers.entries()) {
    const archive = openLayer(layer.path, layer, {
      bounds,
      onBytes: (bytes) => {
        done += bytes;
        onProgress({kind: 'bytes', done, total});
      },
    });
    await applyLayer(tree, archive, {layer: index + 1, objects: writer, signal});
  }
  await addSystemFiles(tree, {objects: writer, layer: layers.length + 1});
  return tree;
}

/** Bytes of a layout that is being written; what comes and goes meanwhile counts as nothing. */
async function folderBytes(folder: string): Promise<number> {
  const blobs = join(folder, 'blobs', 'sha256');
  let bytes = 0;
  for (const place of [folder, blobs])
    for (const name of await readdir(place).catch(() => [])) {
      const found = await stat(join(place, name)).catch(() => null);
      if (found?.isFile() === true) bytes += found.size;
    }
  return bytes;
}
