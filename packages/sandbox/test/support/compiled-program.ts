import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {SandboxFile} from '@sandglass/sandbox';

const PROGRAMS = fileURLToPath(new URL('../programs', import.meta.url));
const compiled = new Map<string, Uint8Array>();

/** One of `test/programs`, statically linked so that it runs under any root; as a file to write into a sandbox. */
export function compiledProgram(name: string): SandboxFile {
  let content = compiled.get(name);
  if (content === undefined) {
    content = compile(name);
    compiled.set(name, content);
  }
  return {path: name, content, mode: 0o755};
}

function compile(name: string): Uint8Array {
  const directory = mkdtempSync(join(tmpdir(), 'sandglass-program-'));
  try {
    const output = join(directory, name);
    execFileSync('cc', [
      '-std=gnu11',
      '-D_GNU_SOURCE',
      '-O1',
      '-Wall',
      '-Wextra',
      '-Werror',
      '-static',
      '-pthread',
      '-s',
      '-o',
      output,
      join(PROGRAMS, `${name}.c`),
    ]);
    return readFileSync(output);
  } finally {
    rmSync(directory, {recursive: true});
  }
}
