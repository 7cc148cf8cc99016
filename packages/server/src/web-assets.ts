import {readdirSync, readFileSync} from 'node:fs';
import {extname} from 'node:path';
import {fileURLToPath} from 'node:url';

/** Where the build of packages/web puts the page. */
export const WEB_FOLDER = fileURLToPath(new URL('../../web/dist', import.meta.url));

/** The built page, whole in memory: about 2 MB. What is not in here cannot be asked for, so no path is ever resolved. */
export interface WebAssets {
  /** Holds `NONCE_PLACEHOLDER` wherever the page needs the response's nonce. */
  readonly indexHtml: string;
  /** By the path of the URL, such as `/assets/index-B3xk.js`. */
  readonly files: ReadonlyMap<string, WebAsset>;
}

export interface WebAsset {
  readonly body: Buffer;
  readonly contentType: string;
  /** True when the name carries a hash of the content, so that it may be kept for good. */
  readonly isImmutable: boolean;
}

/** Replaced in each response; packages/web/index.html spells it the same way. */
export const NONCE_PLACEHOLDER = '__SANDGLASS_NONCE__';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/**
 * Reads the built page, or returns null when it has not been built. A file of a type that is not listed above is a fault
 * of the build and throws: served without its type it would not work anyway.
 */
export function loadWebAssets(folder: string = WEB_FOLDER): WebAssets | null {
  const indexHtml = readIndex(folder);
  if (indexHtml === null) return null;
  const names = readdirSync(folder, {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(folder.length))
    .filter((path) => path !== '/index.html' && !path.slice(1).startsWith('.'));
  return {indexHtml, files: new Map(names.map((path) => [path, readAsset(folder, path)]))};
}

function readAsset(folder: string, path: string): WebAsset {
  const contentType = CONTENT_TYPES[extname(path)];
  if (contentType === undefined)
    throw new Error(`Cannot serve ${path}: the content type of "${extname(path)}" is not known.`);
  return {body: readFileSync(`${folder}${path}`), contentType, isImmutable: path.startsWith('/assets/')};
}

function readIndex(folder: string): string | null {
  try {
    return readFileSync(`${folder}/index.html`, 'utf8');
  } catch {
    // The API works without the page; whoever asks for it is told what brings it.
    return null;
  }
}
