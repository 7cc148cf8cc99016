import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {PROJECT_ROOT} from '../project-files.ts';
import type {Problem} from './problem.ts';

type LockedPackages = Readonly<
  Record<
    string,
    {readonly optionalDependencies?: Readonly<Record<string, string>>; readonly resolved?: string}
  >
>;

/**
 * npm leaves a platform's optional package out of the lock file when the registry at hand does not have it, and `npm ci`
 * then refuses the lock file everywhere. Addresses of registries do not belong in it either: each machine has its own.
 */
export function checkLockFile(): Problem[] {
  const {packages} = JSON.parse(readFileSync(join(PROJECT_ROOT, 'package-lock.json'), 'utf8')) as {
    packages: LockedPackages;
  };
  return Object.entries(packages).flatMap(([path, {optionalDependencies = {}, resolved}]) => {
    const isFetched = resolved?.startsWith('http') ?? false;
    return [
      ...(isFetched
        ? [problem(`${path} has the address of a registry; set omit-lockfile-registry-resolved in .npmrc`)]
        : []),
      ...Object.keys(optionalDependencies)
        .filter((name) => !isLocked(packages, path, name))
        .map((name) =>
          problem(`${name}, an optional dependency of ${path}, is missing; npm ci will refuse the lock file`),
        ),
    ];
  });
}

function isLocked(packages: LockedPackages, path: string, name: string): boolean {
  return `${path}/node_modules/${name}` in packages || `node_modules/${name}` in packages;
}

function problem(message: string): Problem {
  return {where: 'package-lock.json', message};
}
