import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {gunzipSync, zstdDecompressSync} from 'node:zlib';
import {SandglassError} from '@sandglass/protocol';
import {unpackXz} from './xz.ts';

/**
 * What a guest needs of its kernel, each after what it depends on (a package for Debian has no `modules.dep`). A kernel may have any of
 * them built in; `libcrc32c` is gone since Linux 6.15.
 */
const WANTED = [
  'virtio_ring',
  'virtio',
  'virtio_mmio',
  'virtio_console',
  'virtio_blk',
  'libcrc32c',
  'erofs',
  'squashfs',
  'crc16',
  'mbcache',
  'jbd2',
  'ext4',
  'vsock',
  'vmw_vsock_virtio_transport_common',
  'vmw_vsock_virtio_transport',
] as const;

const SUFFIXES = ['.ko', '.ko.xz', '.ko.zst', '.ko.gz'] as const;
const MAX_MODULE_BYTES = 64 * 1024 * 1024;

/** One kernel module, unpacked. */
export interface KernelModule {
  readonly name: string;
  readonly content: Buffer;
}

/** Those of the wanted modules that are files below `directory` (such as `/lib/modules/6.1.0-cloud-amd64`), in the order to load them. */
export async function readKernelModules(directory: string): Promise<readonly KernelModule[]> {
  const paths = await modulePaths(directory);
  const modules = await Promise.all(
    WANTED.map(async (name): Promise<KernelModule | null> => {
      const path = paths.get(name);
      return path === undefined ? null : {name, content: await readModule(path)};
    }),
  );
  return modules.filter((module) => module !== null);
}

async function modulePaths(directory: string): Promise<Map<string, string>> {
  let files: string[];
  try {
    files = await readdir(join(directory, 'kernel'), {recursive: true});
  } catch (error) {
    throw new SandglassError(
      'isolation-unavailable',
      `Cannot list the modules of the microVMs' kernel in ${directory}: ${String(error)}. Name the folder that belongs to the kernel, as below /lib/modules.`,
      {cause: error},
    );
  }
  const paths = new Map<string, string>();
  for (const file of files) {
    const suffix = SUFFIXES.find((each) => file.endsWith(each));
    if (suffix === undefined) continue;
    const name = file.slice(file.lastIndexOf('/') + 1, -suffix.length).replaceAll('-', '_');
    paths.set(name, join(directory, 'kernel', file));
  }
  return paths;
}

async function readModule(path: string): Promise<Buffer> {
  const content = await readFile(path);
  if (path.endsWith('.xz')) return await unpackXz(content, MAX_MODULE_BYTES);
  if (path.endsWith('.zst')) return zstdDecompressSync(content, {maxOutputLength: MAX_MODULE_BYTES});
  if (path.endsWith('.gz')) return gunzipSync(content, {maxOutputLength: MAX_MODULE_BYTES});
  return content;
}
