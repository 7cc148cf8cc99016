import {createHash} from 'node:crypto';
import type {ImageDefinition} from '@sandglass/sandbox';
import {hostPath} from '../images/host-path.ts';
import type {ToolchainCandidate} from '../recipe.ts';
import {fileIdentity} from './file-identity.ts';

export type ToolchainFiles =
  | {readonly kind: 'found'; readonly digest: string}
  | {readonly kind: 'missing'; readonly paths: readonly string[]};

/** Finds a candidate's programs behind an image and identifies this very build of them. */
export function findToolchain(image: ImageDefinition, candidate: ToolchainCandidate): ToolchainFiles {
  const hash = createHash('sha256');
  // A stored image is known as a whole: its libraries and environment decide as well what a compiler makes.
  if (image.tree !== undefined) hash.update(JSON.stringify([image.tree.digest, image.env ?? {}]));
  const missing: string[] = [];
  for (const path of candidate.binaries) {
    const host = hostPath(image, path);
    const identity = host === null ? null : fileIdentity(host);
    if (identity === null) missing.push(path);
    else hash.update(identity);
  }
  return missing.length > 0
    ? {kind: 'missing', paths: missing}
    : {kind: 'found', digest: hash.digest('hex').slice(0, 32)};
}
