import {accessSync, constants} from 'node:fs';
import {join} from 'node:path';

/** The program of `native/loopback`; null where it cannot be used: only root may make and change networks that belong to nobody else. */
export function loopbackProgram(nativeDir: string): string | null {
  if (process.getuid?.() !== 0) return null;
  const path = join(nativeDir, 'sandglass-loopback');
  try {
    accessSync(path, constants.X_OK);
    return path;
  } catch {
    return null;
  }
}
