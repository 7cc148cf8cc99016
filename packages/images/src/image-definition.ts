import {lstatSync, readdirSync, readlinkSync} from 'node:fs';
import {join} from 'node:path';
import {npmToolEntries} from '@sandglass/languages';
import type {ImageDefinition, ImageEntry} from '@sandglass/sandbox';
import type {StoredImage} from './stored-image.ts';

/** Made by the drivers. */
const DRIVERS_OWN = new Set(['dev', 'proc', 'sys', 'tmp', 'work']);
/** Bound folder by folder, because Sandglass's own tools come beside what the image has there. */
const SHARED_FOLDER = 'opt';

/** An image of the store as drivers take it: its top folders, read-only, and the tools that come with Sandglass. */
export function defineImage({name, digest, rootDir, config}: StoredImage): ImageDefinition {
  return {
    name,
    tree: {rootDir, digest},
    env: config.env,
    entries: [...topEntries(rootDir, ''), ...npmToolEntries()],
  };
}

function topEntries(rootDir: string, folder: string): ImageEntry[] {
  return readdirSync(join(rootDir, folder)).flatMap((name): ImageEntry[] => {
    const path = `${folder}/${name}`;
    const source = join(rootDir, path);
    const found = lstatSync(source);
    if (DRIVERS_OWN.has(name) && folder === '') return [];
    if (found.isSymbolicLink()) return [{kind: 'link', path, destination: readlinkSync(source)}];
    if (!found.isDirectory()) return [];
    if (path === `/${SHARED_FOLDER}`) return topEntries(rootDir, path);
    // An empty folder needs no mount, and every mount is paid by each sandbox.
    if (readdirSync(source).length === 0) return [{kind: 'directory', path, mode: 0o755}];
    return path === '/opt/sandglass' ? [] : [{kind: 'bind', source, target: path}];
  });
}
