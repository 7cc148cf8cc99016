import {execFile} from 'node:child_process';
import {join} from 'node:path';
import {promisify} from 'node:util';
import type {Measurement} from './subject.ts';

const run = promisify(execFile);
const NS_PER_MS = 1e6;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Commands that follow one another, the folder that they run in, and the file that each one reads. */
export interface TimedCommands {
  readonly commands: readonly (readonly string[])[];
  readonly folder: string;
  readonly stdinFile: string;
}

/** Times processes from a small C program, as `bench/native/spawn-timer.c` says. */
export type SpawnTimer = (commands: TimedCommands, starts: number) => Promise<Measurement>;

/** Builds the program into `folder`. */
export async function buildSpawnTimer(folder: string): Promise<SpawnTimer> {
  const path = join(folder, 'spawn-timer');
  await run('cc', ['-O2', '-o', path, join(import.meta.dirname, '../native/spawn-timer.c')]);
  return async ({commands, folder: cwd, stdinFile}, starts) => {
    const argv = commands.flatMap((command, index) => (index === 0 ? command : [';;', ...command]));
    const {stdout} = await run(path, [String(starts), cwd, stdinFile, ...argv], {
      maxBuffer: MAX_OUTPUT_BYTES,
    });
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ').map(Number));
    return {
      timesMs: rows.map(([tookNs = Number.NaN]) => tookNs / NS_PER_MS),
      cpuMs: rows.reduce((sum, [, cpuNs = Number.NaN]) => sum + cpuNs / NS_PER_MS, 0),
      memoryBytes: Math.max(...rows.map(([, , bytes = Number.NaN]) => bytes)),
    };
  };
}
