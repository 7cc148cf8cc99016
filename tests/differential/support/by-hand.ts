import {spawn} from 'node:child_process';
import {text} from 'node:stream/consumers';
import {createHostImage, programEnvironment, type StagePlan} from '@sandglass/languages';
import type {ProgramEnd, Visible} from '../program.ts';
import type {PlannedProgram} from './plan-program.ts';

const STARTER = new URL('./by-hand.py', import.meta.url).pathname;
/** The id that programs have in a sandbox, so that the two do not differ in it. */
const ORDINARY_USER = 1000;
const WIDTH = 4;

/**
 * The same programs without Sandglass, at most four at once: the recipe's own arguments, environment and files, started by a short
 * script. Throws when the script fails.
 */
export async function runByHand(programs: readonly PlannedProgram[]): Promise<Visible[]> {
  const isRoot = process.getuid?.() === 0;
  const entries = createHostImage().entries.map((entry) =>
    'content' in entry ? {...entry, content: base64(entry.content)} : entry,
  );
  const order = {user: isRoot ? ORDINARY_USER : null, width: WIDTH, entries, jobs: programs.map(jobOf)};
  const ends = await start(order, isRoot ? [] : ['--user', '--map-root-user']);
  return programs.map(({compile}, index) => visible(compile !== null, ends[index] ?? []));
}

function jobOf({program, files, compile, run}: PlannedProgram) {
  const {args = [], stdin = '', env = {}} = program;
  const sources = files.map(encoded);
  return {
    stages: [
      ...(compile === null
        ? []
        : [{...stageOf(compile, {}), stdin: '', files: [...sources, ...compile.files.map(encoded)]}]),
      {
        ...stageOf(run, env),
        argv: [...run.argv, ...args],
        stdin: base64(stdin),
        files: [...(compile === null ? sources : []), ...run.files.map(encoded)],
      },
    ],
  };
}

function stageOf(plan: StagePlan, user: Readonly<Record<string, string>>) {
  return {argv: plan.argv, env: programEnvironment({recipe: plan.env, user, hasTerminal: false})};
}

async function start(order: object, unshareOptions: readonly string[]): Promise<ProgramEnd[][]> {
  const starter = spawn(
    '/usr/bin/unshare',
    [...unshareOptions, '--mount', '--propagation', 'private', '/usr/bin/python3', '-I', STARTER],
    {stdio: ['pipe', 'pipe', 'inherit']},
  );
  starter.stdin.end(JSON.stringify(order));
  // Our own script's answer; a broken one is no JSON, or fails every comparison.
  return JSON.parse(await text(starter.stdout)) as ProgramEnd[][];
}

function visible(isCompiled: boolean, [first, second]: readonly ProgramEnd[]): Visible {
  return isCompiled ? {compile: first ?? null, run: second ?? null} : {compile: null, run: first ?? null};
}

function encoded({path, content}: {readonly path: string; readonly content: Uint8Array}) {
  return {path, content: base64(content)};
}

function base64(content: string | Uint8Array): string {
  return Buffer.from(content).toString('base64');
}
