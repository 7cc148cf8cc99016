import {createHash} from 'node:crypto';
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import {makeTar, type TarItem} from './make-tar.ts';

/** What a test wants wrong about an image. */
export interface LayoutFaults {
  readonly manifest?: (manifest: Manifest) => unknown;
  readonly config?: (config: Record<string, unknown>) => unknown;
  /** Bytes of the first layer's file as it lies on the disk. */
  readonly layer?: (bytes: Buffer) => Buffer;
}

export interface Manifest {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: Descriptor[];
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';

/** Writes an OCI layout with one image, of layers given as archives' entries. */
export async function makeLayout(
  folder: string,
  layers: readonly (readonly TarItem[])[],
  {manifest = (each) => each, config = (each) => each, layer = (each) => each}: LayoutFaults = {},
): Promise<{readonly manifestDigest: string}> {
  await mkdir(join(folder, 'blobs/sha256'), {recursive: true});
  const store = async (content: Buffer, mediaType: string, onDisk = content): Promise<Descriptor> => {
    const hex = createHash('sha256').update(content).digest('hex');
    await writeFile(join(folder, 'blobs/sha256', hex), onDisk);
    return {mediaType, digest: `sha256:${hex}`, size: content.length};
  };
  const archives = layers.map(makeTar);
  const packed: Descriptor[] = [];
  for (const [index, archive] of archives.entries()) {
    const bytes = gzipSync(archive);
    packed.push(await store(bytes, LAYER, index === 0 ? layer(bytes) : bytes));
  }
  const described = config({
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: {
      Env: ['PATH=/usr/local/bin:/usr/bin', 'LD_PRELOAD=/evil.so', 'TOOL_VERSION=3'],
      WorkingDir: '/app',
      User: '1000:1000',
    },
    rootfs: {
      type: 'layers',
      diff_ids: archives.map((archive) => `sha256:${createHash('sha256').update(archive).digest('hex')}`),
    },
  });
  const configDescriptor = await store(
    Buffer.from(JSON.stringify(described)),
    'application/vnd.oci.image.config.v1+json',
  );
  const whole: Manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: configDescriptor,
    layers: packed,
  };
  const top = await store(Buffer.from(JSON.stringify(manifest(whole))), whole.mediaType);
  await writeFile(join(folder, 'oci-layout'), JSON.stringify({imageLayoutVersion: '1.0.0'}));
  const named = {...top, annotations: {'org.opencontainers.image.ref.name': 'latest'}};
  await writeFile(join(folder, 'index.json'), JSON.stringify({schemaVersion: 2, manifests: [named]}));
  return {manifestDigest: top.digest};
}
