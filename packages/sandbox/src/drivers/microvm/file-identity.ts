import {stat} from 'node:fs/promises';
import {SandglassError} from '@sandglass/protocol';

/** Changes whenever a file is replaced or written to, without reading it. Throws `isolation-unavailable` when it is not there. */
export async function fileIdentity(path: string): Promise<string> {
  try {
    const {dev, ino, size, mtimeNs} = await stat(path, {bigint: true});
    return [path, dev, ino, size, mtimeNs].join(' ');
  } catch (error) {
    throw new SandglassError('isolation-unavailable', `Cannot use ${path} for microVMs: ${String(error)}.`, {
      cause: error,
    });
  }
}
