import {globSync} from 'node:fs';
import {fileIdentity} from '@sandglass/languages';
import {contentKey} from './content-key.ts';

/**
 * What a compiled program depends on besides its compiler: the C library and its headers, and the C++ library. A worker with others must
 * not be handed a program that was made for these.
 */
const LIBRARIES = [
  '/{usr/,}lib{64,}/{*-linux-gnu*/,}libc.so.6',
  '/{usr/,}lib{64,}/{*-linux-gnu*/,}libstdc++.so.6',
  '/usr/include/{*-linux-gnu*/,}{features.h,gnu/libc-version.h}',
];

/** Equal on machines whose compiled programs can stand in for each other's, as far as their toolchains are equal as well. */
export function platformKey(): string {
  const paths = [...new Set(globSync(LIBRARIES))].sort();
  return contentKey([process.platform, process.arch, ...paths.map((path) => fileIdentity(path) ?? '')]);
}
