import {createHash} from 'node:crypto';
import {open} from 'node:fs/promises';
import {join} from 'node:path';
import type {ImageBounds} from '../bounds.ts';
import type {LayerDescriptor} from '../layer/open-layer.ts';
import {refused} from '../refusal.ts';
import type {ImageConfig} from '../stored-image.ts';
import {
  OCI_DOCUMENTS,
  type OciConfig,
  type OciDescriptor,
  type OciIndex,
  type OciManifest,
} from './oci-schemas.ts';

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
/** An index in an index in an index is nobody's image. */
const MAX_INDEX_DEPTH = 3;
const REF_NAME = 'org.opencontainers.image.ref.name';

const COMPRESSIONS: Readonly<Record<string, LayerDescriptor['compression']>> = {
  'application/vnd.oci.image.layer.v1.tar': 'none',
  'application/vnd.oci.image.layer.v1.tar+gzip': 'gzip',
  'application/vnd.oci.image.layer.v1.tar+zstd': 'zstd',
  'application/vnd.docker.image.rootfs.diff.tar': 'none',
  'application/vnd.docker.image.rootfs.diff.tar.gzip': 'gzip',
};

/** Node's name of the processor to OCI's, which is Go's. */
const ARCHITECTURES: Readonly<Record<string, string>> = {x64: 'amd64', arm64: 'arm64'};

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
  const index: OciIndex = parse('index', await readBounded(join(folder, 'index.json'), bounds));
  const chosen = chooseImage(index, reference);
  const manifestDescriptor = await throughIndexes(source, chosen);
  const manifest: OciManifest = parse('manifest', await readBlob(source, manifestDescriptor));
  const config: OciConfig = parse('config', await readBlob(source, manifest.config));
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
    `Cannot choose an image of the layout: ${reference === null ? `it has ${manifests.length}` : `"${reference}" is called so by ${named.length}`}. It has: ${names.join(', ') || 'none with a name'}. Name one as oci:FOLDER:NAME.`,
  );
}

async function throughIndexes(source: Source, start: OciDescriptor): Promise<OciDescriptor> {
  let descriptor = start;
  for (let depth = 0; INDEX_TYPES.includes(descriptor.mediaType); depth += 1) {
    if (depth === MAX_INDEX_DEPTH)
      throw refused(`Cannot take the image: its indexes are nested more than ${MAX_INDEX_DEPTH} deep.`);
    const {manifests}: OciIndex = parse('index', await readBlob(source, descriptor));
    const fitting = manifests.find(
      ({platform}) => platform?.os === 'linux' && platform.architecture === ARCHITECTURES[process.arch],
    );
    if (fitting === undefined)
      throw refused(
        `Cannot take the image: it has none for linux on ${ARCHITECTURES[process.arch] ?? process.arch}.`,
      );
    descriptor = fitting;
  }
  return descriptor;
}

function checkPlatform({os = 'linux', architecture}: OciConfig): void {
  const wanted = ARCHITECTURES[process.arch] ?? process.arch;
  if (os === 'linux' && (architecture === undefined || architecture === '' || architecture === wanted))
    return;
  throw refused(
    `Cannot take the image: it is for ${os} on ${architecture ?? 'an unknown processor'}, this machine is linux on ${wanted}.`,
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
    const compression = COMPRESSIONS[mediaType];
    if (compression === undefined)
      throw refused(`Cannot take the layer ${digest}: its type ${JSON.stringify(mediaType)} is not known.`);
    return {
      digest,
      bytes: size,
      compression,
      diffId: rootfs.diff_ids[position] ?? '',
      path: blobPath(folder, digest),
    };
  });
}

/** Control characters and names that the dynamic loader obeys are no matter of an image's. */
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
  return {env: Object.fromEntries(pairs), workingDir: config?.WorkingDir || '/', user: config?.User ?? ''};
}

function parse<Kind extends keyof typeof OCI_DOCUMENTS>(kind: Kind, text: Buffer) {
  let value: unknown;
  try {
    value = JSON.parse(text.toString('utf8'));
  } catch (cause) {
    throw refused(`Cannot take the image: its ${kind} is not JSON.`, cause);
  }
  if (!OCI_DOCUMENTS[kind].Check(value))
    throw refused(`Cannot take the image: its ${kind} is not as the OCI image specification has it.`);
  return value as never; // The compiled schema has just accepted it; the caller names the type.
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
    await using file = await open(path, 'r');
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
