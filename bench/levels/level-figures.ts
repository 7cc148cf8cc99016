import {execFile} from 'node:child_process';
import {join} from 'node:path';
import {promisify} from 'node:util';
import type {DriverName} from '@sandglass/protocol';

/** What `bench/level.ts` prints about one isolation level. Times in milliseconds, sizes in bytes. */
export interface LevelFigures {
  readonly level: DriverName;
  /** From asking a driver that has nothing ready until the agent has answered. */
  readonly createdMs: readonly number[];
  /** Processor time of making and destroying one, of worker, daemons, monitors and everything in the sandbox; null when it cannot be known. */
  readonly createCpuMs: number | null;
  /** From asking a pool that has come to rest until the sandbox has answered its first request. */
  readonly acquiredMs: readonly number[];
  /** The same where other limits are asked for than ready ones have, so that they are set first. */
  readonly acquiredWithLimitsMs: readonly number[];
  readonly idle: IdleFigures | null;
  /** Only of machines. */
  readonly machine: MachineFigures | null;
}

/** Sandboxes that nothing runs in, for each of `count`: agent, monitor, shim and what daemons take more with them. */
export interface IdleFigures {
  readonly count: number;
  /** Pages that no other process has (`Private_*` of smaps_rollup). */
  readonly privateBytes: number;
  /** Its share of pages that several processes have (`Pss` less what is private). */
  readonly sharedBytes: number;
  /** Processor time of one in a second at rest. */
  readonly cpuMsPerSecond: number;
}

export interface MachineFigures {
  /** Monitor and what runs the guest's instructions. */
  readonly monitor: string;
  /** Booting a machine until its agent has answered, and saving it: a start of the driver less one that finds the template. */
  readonly bootedMs: readonly number[];
  readonly destroyedMs: readonly number[];
}

/** Measures one level in a process of its own, so that nothing of another is counted. `image` is a name in the image store of `dataDir`. */
export async function measureLevel(level: DriverName, dataDir: string, image: string): Promise<LevelFigures> {
  const script = join(import.meta.dirname, '../level.ts');
  const {stdout} = await promisify(execFile)(process.execPath, [script, level, dataDir, image], {
    maxBuffer: 2 ** 24,
  });
  return JSON.parse(stdout) as LevelFigures; // Our own script's.
}
