import {execFile} from 'node:child_process';
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import type {BenchProgram} from './programs.ts';

const run = promisify(execFile);

/** Measures a program started by hand on this machine. */
export type BareStarter = (starts: number) => Promise<number[]>;

/** Builds spawn-timer into `folder` and returns its path. */
export async function buildSpawnTimer(folder: string): Promise<string> {
  const path = join(folder, 'spawn-timer');
  await run('cc', ['-O2', '-o', path, join(import.meta.dirname, 'native/spawn-timer.c')]);
  return path;
}

/** Writes and builds the program below `folder`. The returned function gives milliseconds, one for each start. */
export async function prepareBare(
  program: BenchProgram,
  folder: string,
  timerPath: string,
): Promise<BareStarter> {
  const own = join(folder, program.name);
  await mkdir(own, {recursive: true});
  await writeFile(join(own, program.sourceFile), program.request.code ?? '');
  const [compiler, ...options] = program.buildArgv ?? [];
  if (compiler !== undefined) await run(compiler, options, {cwd: own});
  const argv = program.startArgv.map((part) => part.replace('{folder}', own));
  return async (starts) => {
    const {stdout} = await run(timerPath, [String(starts), ...argv]);
    return stdout
      .trim()
      .split('\n')
      .map((line) => Number(line) / 1e6);
  };
}
