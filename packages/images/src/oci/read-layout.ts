import {createHash} from 'node:crypto';
import {join} from 'node:path';
import type {ImageBounds} from '../bounds.ts';
import {openRegular} from '../files/open-regular.ts';
import type {LayerDescriptor} from '../layer/open-layer.ts';
import {refused} from '../refusal.ts';
import type {ImageConfig} from '../stored-image.ts';
import {fittingImage, MAX_INDEX_DEPTH, OWN_ARCHITECTURE, parseDocument} from './oci-documents.ts';
import type {OciConfig, OciDescriptor, OciIndex, OciManifest} from './oci-schemas.ts';

/** One image of a layout: everything that is needed to unpack it. */
export interface OciImage {
  readonly manifestDigest: string;
  readonly layers: readonly (LayerDescriptor & {readonly path: string})[];
  readonly config: ImageConfig;
}

const INDEX_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];
const REF_NAME = 'org.opencontainers.image.ref.name';
/** Published images have some ten; a program that starts with much more fails with E2BIG (execve(2)), and so would every run. */
const MAX_ENV_ENTRIES = 200;
const MAX_ENV_BYTES = 64 * 1024;
const MAX_SHOWN_CHARACTERS = 200;

const LAYER_TYPES = [
  'application/vnd.oci.image.layer.v1.tar',
  'application/vnd.oci.image.layer.v1.tar+gzip',
  'application/vnd.oci.image.layer.v1.tar+zstd',
  'application/vnd.docker.image.rootfs.diff.tar',
  'application/vnd.docker.image.rootfs.diff.tar.gzip',
];

/**
 * Reads an image of an OCI layout folder: the one that `reference` names, else the only one. Every document is compared with its digest.
 * Throws `image-refused` for what is missing, damaged, of another platform or past the bounds.
 */
export async function readLayout(
  folder: string,
  reference: string | null,
  bounds: ImageBounds,
): Promise<OciImage> {
  const source = {folder, bounds};
  const index: OciIndex = parseDocument('index', await readBounded(join(folder, 'index.json'), bounds));
  const chosen = chooseImage(index, reference);
  const manifestDescriptor = await throughIndexes(source, chosen);
  const manifest: OciManifest = parseDocument('manifest', await readBlob(source, manifestDescriptor));
  const config: OciConfig = parseDocument('config', await readBlob(source, manifest.config));
  checkPlatform(config);
  return {
    manifestDigest: manifestDescriptor.digest,
    layers: describeLayers(source, manifest, config),
    config: readConfig(config),
  };
}

interface Source {
  readonly folder: string;
  readonly bounds: ImageBounds;
}

function chooseImage({manifests}: OciIndex, reference: string | null): OciDescriptor {
  const named =
    reference === null
      ? manifests
      : manifests.filter(({annotations}) => annotations?.[REF_NAME] === reference);
  const [first, ...others] = named;
  if (first !== undefined && others.length === 0) return first;
  const names = manifests.flatMap(({annotations}) => annotations?.[REF_NAME] ?? []);
  throw refused(
    `Cannot choose an image of the layout: ${reference === null ? `it has ${manifests.length}` : `"${reference}" is called so by ${named.length}`}. It has: ${shortened(names.join(', ')) || 'none with a name'}. Name one as oci:FOLDER:NAME.`,
  );
}

async function throughIndexes(source: Source, start: OciDescriptor): Promise<OciDescriptor> {
  let descriptor = start;
  for (let depth = 0; INDEX_TYPES.includes(descriptor.mediaType); depth += 1) {
    if (depth === MAX_INDEX_DEPTH)
      throw refused(`Cannot take the image: its indexes are nested more than ${MAX_INDEX_DEPTH} deep.`);
    const index: OciIndex = parseDocument('index', await readBlob(source, descriptor));
    descriptor = fittingImage(index);
  }
  return descriptor;
}

function checkPlatform({os = 'linux', architecture}: OciConfig): void {
  if (
    os === 'linux' &&
    (architecture === undefined || architecture === '' || architecture === OWN_ARCHITECTURE)
  )
    return;
  throw refused(
    `Cannot take the image: it is for ${shortened(os)} on ${shortened(architecture ?? 'an unknown processor')}, this machine is linux on ${OWN_ARCHITECTURE}.`,
  );
}

function describeLayers({folder, bounds}: Source, {layers}: OciManifest, {rootfs}: OciConfig) {
  if (layers.length !== rootfs.diff_ids.length)
    throw refused(
      `Cannot take the image: its manifest has ${layers.length} layers and its configuration ${rootfs.diff_ids.length}.`,
    );
  if (layers.length > bounds.layers)
    throw refused(
      `Cannot take the image: it has ${layers.length} layers, at most ${bounds.layers} are taken.`,
    );
  const bytes = layers.reduce((sum, layer) => sum + layer.size, 0);
  if (bytes > bounds.totalBytes)
    throw refused(
      `Cannot take the image: its layers have ${bytes} bytes, at most ${bounds.totalBytes} are taken.`,
    );
  return layers.map(({mediaType, digest, size}, position) => {
    if (!LAYER_TYPES.includes(mediaType))
      throw refused(
        `Cannot take the layer ${digest}: its type ${JSON.stringify(shortened(mediaType))} is not known.`,
      );
    return {
      digest,
      bytes: size,
      diffId: rootfs.diff_ids[position] ?? '',
      path: blobPath(folder, digest),
    };
  });
}

/** Control characters and names that the dynamic loader obeys are no matter of an image's. Throws `image-refused` for more than a program can be given. */
function readConfig({config}: OciConfig): ImageConfig {
  const pairs = (config?.Env ?? []).flatMap((text): [string, string][] => {
    const equals = text.indexOf('=');
    const name = text.slice(0, equals);
    return equals > 0 &&
      /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) &&
      !/\p{Cc}/u.test(text) &&
      !name.startsWith('LD_')
      ? [[name, text.slice(equals + 1)]]
      : [];
  });
  const bytes = pairs.reduce((sum, [name, value]) => sum + Buffer.byteLength(`${name}=${value}`), 0);
  if (pairs.length > MAX_ENV_ENTRIES || bytes > MAX_ENV_BYTES)
    throw refused(
      `Cannot take the image: its environment has ${pairs.length} entries of ${bytes} bytes, at most ${MAX_ENV_ENTRIES} of ${MAX_ENV_BYTES} together are taken.`,
    );
  return {
    env: Object.fromEntries(pairs),
    workingDir: shortened(config?.WorkingDir || '/'),
    user: shortened(config?.User ?? ''),
  };
}

/** What a stranger wrote and a person will read. */
function shortened(text: string): string {
  return text.replace(/\p{Cc}/gu, '\ufffd').slice(0, MAX_SHOWN_CHARACTERS);
}

async function readBlob({folder, bounds}: Source, {digest, size}: OciDescriptor): Promise<Buffer> {
  const content = await readBounded(blobPath(folder, digest), bounds);
  const found = `sha256:${createHash('sha256').update(content).digest('hex')}`;
  if (found !== digest || content.length !== size)
    throw refused(
      `Cannot take the image: a document should have digest ${digest} and has ${found}. Fetch it again.`,
    );
  return content;
}

function blobPath(folder: string, digest: string): string {
  return join(folder, 'blobs', 'sha256', digest.slice('sha256:'.length));
}

async function readBounded(path: string, {documentBytes}: ImageBounds): Promise<Buffer> {
  try {
    await using file = await openRegular(path);
    const {size} = await file.stat();
    if (size > documentBytes)
      throw refused(`Cannot read ${path}: it has ${size} bytes, at most ${documentBytes} are taken.`);
    return await file.readFile();
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) throw cause;
    throw refused(
      `Cannot take the image: ${path} is not there. Is it an OCI layout folder, and complete?`,
      cause,
    );
  }
}
