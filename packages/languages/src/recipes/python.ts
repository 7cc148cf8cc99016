import {posix} from 'node:path';
import type {SourceFile} from '@sandglass/protocol';
import {asArgument} from '../build/source-paths.ts';
import {diagnosePython} from '../diagnostics/python.ts';
import type {LanguageRecipe} from '../recipe.ts';

const MIB = 1024 * 1024;

export const python: LanguageRecipe = {
  id: 'python',
  name: 'Python',
  aliases: ['py', 'python3', 'py3'],
  extensions: ['.py'],
  sourceFile: 'main.py',
  toolchains: [
    {
      name: 'python',
      binaries: ['/usr/bin/python3'],
      versionArgv: ['/usr/bin/python3', '--version'],
      versionPattern: /Python (\d[\d.]*)/,
      debianPackages: ['python3'],
    },
  ],
  example: `import sys

print("Hello from Python")
print(sys.stdin.readline(), end="")
`,
  run: ({files, entry, isLive}) => ({
    argv: ['/usr/bin/python3', ...startArguments(files, entry)],
    env: {
      // A sandbox serves one run: byte code of the user's modules would only fill its memory.
      PYTHONDONTWRITEBYTECODE: '1',
      ...(isLive ? {PYTHONUNBUFFERED: '1'} : {}),
    },
    files: [],
  }),
  prime: {
    firstFile: ({entry}) => entry,
    idleBytes: 4 * MIB,
    // Looked for at the start: the user's own packages, below HOME (the site module's documentation).
    isExactFor: (files) => !files.some(({path}) => path.startsWith('.local/')),
  },
  diagnose: diagnosePython,
};

/**
 * A file inside a package is started as a module (`-m`), because relative imports fail in a file that is started by path
 * (PEP 366). Everything else is started by path, which puts its own folder first on `sys.path`.
 */
function startArguments(files: readonly SourceFile[], entry: string): string[] {
  const packageName = posix.dirname(entry);
  const isInPackage = packageName !== '.' && files.some((file) => file.path === `${packageName}/__init__.py`);
  const modulePath = entry.replace(/\.py$/, '');
  if (!isInPackage || !/^[\p{ID_Start}_][\p{ID_Continue}/]*$/u.test(modulePath)) return [asArgument(entry)];
  return ['-m', modulePath.replace(/\/__main__$/, '').replaceAll('/', '.')];
}
