import {createHash} from 'node:crypto';
import {lstat, mkdir, readdir} from 'node:fs/promises';
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
import {type AnnouncedImage, askRegistry} from './ask-registry.ts';
import {type ImageReference, parseReference} from './image-reference.ts';
import {Patience} from './patience.ts';
import {type OciImage, readLayout} from './read-layout.ts';
import {type RegistryAccess, runSkopeo} from './skopeo.ts';
import {unpackLayout} from './unpack-layout.ts';

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
    const known = reference.kind === 'registry' ? await ask(reference, {...options, bounds}, change) : null;
    if (existing !== null && known !== null && isSame(buildKey(known.digest)))
      return {image: existing, isNew: false};
    const found = await fetchImage(reference, {...options, bounds, known}, change);
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

async function ask(
  {text}: ImageReference,
  {access, onProgress, signal, bounds}: PullOptions & {readonly bounds: ImageBounds},
  {draft}: StoreChange,
): Promise<AnnouncedImage> {
  onProgress({kind: 'step', message: `Asking for ${text.replace('docker://', '')}`});
  return await askRegistry(text, {access, folder: draft, bounds, signal});
}

async function fetchImage(
  reference: ImageReference,
  options: PullOptions & {readonly bounds: ImageBounds; readonly known: AnnouncedImage | null},
  {draft}: StoreChange,
): Promise<OciImage> {
  const {bounds, known, access, onProgress, signal} = options;
  if (reference.kind === 'layout') return await readLayout(reference.folder, reference.name, bounds);
  onProgress({kind: 'step', message: `Fetching ${reference.text.replace('docker://', '')}`});
  const folder = join(draft, 'oci');
  if (reference.kind === 'layout-archive') {
    const onBytes = (done: number, total: number) => onProgress({kind: 'bytes', done, total});
    await unpackLayout(reference.file, folder, {bounds, onBytes, signal});
    return await readLayout(folder, reference.name, bounds);
  }
  const temporary = join(draft, 'skopeo');
  await mkdir(temporary);
  // A large archive on this machine is read to its end before anything is written.
  using patience = new Patience(reference.text, reference.kind === 'registry' ? bounds.silenceMs : null);
  const total = known?.bytes ?? null;
  // Configuration and manifest come on top of the layers.
  const mostBytes = total === null ? bounds.totalBytes : total + 2 * bounds.documentBytes;
  const watch = setInterval(() => {
    void Promise.all([folder, temporary].map(bytesBelow)).then(([layout = 0, others = 0]) => {
      const done = layout + others;
      onProgress({kind: 'bytes', done, total});
      patience.saw(done);
      // A registry that sends more than it announced is stopped, not waited for.
      if (done > mostBytes)
        patience.giveUp(refused(`Cannot take the image: more than ${mostBytes} bytes came.`));
    });
  }, GROWTH_INTERVAL_MS);
  try {
    // What comes is kept as it comes: packed again, it would neither be what was announced nor show how much it is.
    const args = [
      '--dest-oci-accept-uncompressed-layers',
      known?.exactText ?? reference.text,
      `oci:${folder}:image`,
    ];
    await runSkopeo(args, access, {
      verb: 'copy',
      prefix: 'src-',
      folder: temporary,
      signal: either(patience.signal, signal),
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

function either(own: AbortSignal, others: AbortSignal | undefined): AbortSignal {
  return others === undefined ? own : AbortSignal.any([own, others]);
}

/** Bytes of files that are being written; what comes and goes meanwhile counts as nothing. */
async function bytesBelow(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(folder, {recursive: true}).catch(() => [])) {
    const found = await lstat(join(folder, name)).catch(() => null);
    if (found?.isFile() === true) bytes += found.size;
  }
  return bytes;
}
