import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {contentKey} from './cache/content-key.ts';

/** Changes with the build of launcher and agent: what was proven to run under one build is proven anew under the next. */
export async function nativeDigest(nativeDir: string): Promise<string> {
  const programs = ['sandglass-launcher', 'sandglass-agent'];
  // A driver that needs no launcher says itself what it misses when it starts.
  const contents = programs.map((name) => readFile(join(nativeDir, name)).catch(() => Buffer.alloc(0)));
  return contentKey(await Promise.all(contents));
}
