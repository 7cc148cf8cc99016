import {execFile} from 'node:child_process';
import {join} from 'node:path';
import {promisify} from 'node:util';
import type {IdleKind} from './memory-of.ts';

/** What `bench/density.ts` prints. Times in milliseconds, sizes in bytes. */
export interface DensityFigures {
  readonly count: number;
  /** All of them asked for at once, until the last one is ready. */
  readonly createdMs: number;
  readonly createLauncherCpuMs: number;
  readonly createWorkerCpuMs: number;
  readonly destroyedMs: number;
  /** Processes and control groups that were left: none, or it is a fault. */
  readonly left: number;
  /** What the whole machine had less of, kernel memory included. */
  readonly machineBytesEach: number;
  readonly kinds: readonly IdleKind[];
  /** A sandbox made and destroyed, a few at once. */
  readonly singleUse: {
    readonly perSecond: number;
    /** Launcher and agents. */
    readonly launcherCpuMs: number;
    readonly workerCpuMs: number;
  };
}

export async function measureDensity(count: number): Promise<DensityFigures> {
  const script = join(import.meta.dirname, 'density.ts');
  const {stdout} = await promisify(execFile)(process.execPath, [script, String(count)]);
  return JSON.parse(stdout) as DensityFigures; // Our own script's.
}

/** The lines of `bench/sandbox.ts`: latency and throughput of the sandbox layer alone. */
export async function measureSandboxes(): Promise<{title: string; figure: string}[]> {
  const script = join(import.meta.dirname, 'sandbox.ts');
  const {stdout} = await promisify(execFile)(process.execPath, [script]);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [title = '', figure = ''] = line.split(/\s{2,}/);
      return {title, figure};
    });
}
