import {execFile} from 'node:child_process';
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {Type} from 'typebox';
import {Compile} from 'typebox/compile';
import type {Command, Sandbox} from '../../driver.ts';

const FILE = 'calibration.json';
const PROGRAM = 'sandglass-machine';
const STORED = Compile(Type.Object({timeFactor: Type.Integer({minimum: 1})}));

const US_PER_MS = 1_000;
/** The loop takes a twentieth of a second outside, and seconds in a translated guest on a busy machine. */
const MEASURED_WITHIN_MS = 30_000;
/** Whole programs suffer more from translation than a small loop does: where the loop takes 6 times longer, Python takes 16 to 18, compilers 19 to 22. */
const PROGRAM_TO_LOOP = 3;
/** No program that was seen was slower; more would be a fault of the measurement. */
const MOST_TIMES = 45;

/**
 * How many times longer programs take in machines of a template than outside, at least 1, rounded up: measured once, by a fixed loop
 * (native/machine/calibrate.c), and kept in the template's folder. Both sides are processor time as the host counts it, so that a busy machine does
 * not look like a slow guest: of one machine that runs the loop once and one that runs it twice, less each other. When the loop
 * does not end in time, the factor is the largest that was ever seen.
 */
export async function timeFactorOf(
  folder: string,
  {nativeDir, create}: {readonly nativeDir: string; readonly create: () => Promise<Sandbox>},
): Promise<number> {
  const path = join(folder, FILE);
  const known = await readStored(path);
  if (known !== null) return known;
  const timeFactor = await measure(nativeDir, create);
  // The folder may have been given up meanwhile; then it is measured again with the next template.
  await writeFile(path, JSON.stringify({timeFactor})).catch(() => {});
  return timeFactor;
}

async function measure(nativeDir: string, create: () => Promise<Sandbox>): Promise<number> {
  const content = await readFile(join(nativeDir, PROGRAM));
  const outsideMs = await measureOutside(nativeDir);
  const usedBy = async (rounds: number): Promise<number | null> => {
    await using sandbox = await create();
    await sandbox.writeFiles([{path: PROGRAM, content, mode: 0o755}]);
    for (let round = 0; round < rounds; round += 1) {
      const {exitCode} = await sandbox.exec(LOOP).exited;
      if (exitCode !== 0) return null;
    }
    return (await sandbox.destroy()).cpuTimeMs;
  };
  const once = await usedBy(1);
  const twice = once === null ? null : await usedBy(2);
  if (once === null || twice === null) return MOST_TIMES;
  const loopFactor = (twice - once) / outsideMs;
  return Math.min(MOST_TIMES, Math.max(1, Math.ceil(loopFactor * PROGRAM_TO_LOOP)));
}

async function measureOutside(nativeDir: string): Promise<number> {
  const {stdout} = await promisify(execFile)(join(nativeDir, PROGRAM), ['calibrate'], {
    env: {},
    timeout: MEASURED_WITHIN_MS,
  });
  return Number(stdout.split(' ')[0]) / US_PER_MS;
}

const LOOP: Command = {
  argv: [`./${PROGRAM}`, 'calibrate'],
  env: {},
  cwd: '',
  files: [],
  stdin: new Uint8Array(0),
  terminal: null,
  wallTimeMs: MEASURED_WITHIN_MS,
  cpuTimeMs: 0,
  outputBytes: 0,
  fileBytes: 0,
  processes: 0,
  stopAtOutputLimit: false,
  keepOthers: false,
  onOutput: () => {},
};

async function readStored(path: string): Promise<number | null> {
  try {
    const stored: unknown = JSON.parse(await readFile(path, 'utf8'));
    return STORED.Check(stored) ? stored.timeFactor : null;
  } catch {
    return null; // Not there, or cut off: it is measured again.
  }
}
