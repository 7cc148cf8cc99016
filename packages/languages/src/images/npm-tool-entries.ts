import {realpathSync, statSync} from 'node:fs';
import type {ImageEntry} from '@sandglass/sandbox';
import {findNpmTools} from './npm-tools.ts';

/** Sandglass's own Node and TypeScript as part of an image, below /opt/sandglass. What is not installed is left out. */
export function npmToolEntries(): ImageEntry[] {
  return findNpmTools().flatMap(({source, target}): ImageEntry[] =>
    // Links are followed, as npm's lead elsewhere.
    statSync(source, {throwIfNoEntry: false}) === undefined
      ? []
      : [{kind: 'bind', source: realpathSync(source), target}],
  );
}
