import {readFileSync} from 'node:fs';
import {createEngine} from '@sandglass/engine';
import type {RunResult} from '@sandglass/protocol';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {hostState} from './support/host-state.ts';
import {temporaryDirectory} from './support/temporary-directory.ts';

/** Each row: a program that means harm, the limits it meets, and what a user must be told. */
interface HostileCase {
  readonly program: string;
  readonly does: string;
  readonly outcome: RunResult['outcome'] | readonly RunResult['outcome'][];
  readonly limits?: Record<string, number>;
  readonly request?: Record<string, unknown>;
  readonly verify?: (result: RunResult) => void;
  /** The whole run must be over within this time. */
  readonly withinMs?: number;
}

const MIB = 1024 * 1024;
const LANGUAGE_OF: Readonly<Record<string, string>> = {c: 'c', py: 'python', sh: 'bash'};

const CASES: readonly HostileCase[] = [
  {
    program: 'fork-bomb.c',
    does: 'forks without end',
    outcome: ['time-limit', 'process-limit'],
    limits: {wallTimeMs: 1500},
    withinMs: 6000,
  },
  {
    program: 'fork-bomb-in-background.sh',
    does: 'is a shell fork bomb',
    outcome: ['time-limit', 'process-limit', 'ok', 'runtime-error'],
    limits: {wallTimeMs: 1500},
    withinMs: 6000,
  },
  {
    program: 'fork-until-refused.py',
    does: 'forks until refused and gives up',
    outcome: 'process-limit',
    limits: {processes: 20},
    verify: (result) => expect(Number(result.run?.stderr.split(' ')[0])).toBeLessThanOrEqual(20),
  },
  {
    program: 'kill-every-pid.py',
    does: 'signals every pid it can name',
    outcome: 'ok',
    verify: (result) => expect(result.run?.stdout).toBe('still here\n'),
  },
  {program: 'kill-all-with-minus-one.c', does: 'kills everything with kill(-1)', outcome: 'ok'},
  {
    program: 'stop-itself.c',
    does: 'stops itself',
    outcome: 'time-limit',
    limits: {wallTimeMs: 800},
    withinMs: 5000,
    verify: (result) => expect(result.run?.stdout).toBe('before\n'),
  },
  {
    program: 'daemon-holds-stdout.c',
    does: 'leaves a daemon that holds stdout',
    outcome: 'ok',
    withinMs: 5000,
    verify: (result) => expect(result.run?.stdout).toBe('parent done\n'),
  },
  {
    program: 'ignore-every-signal.c',
    does: 'ignores every signal and spins',
    outcome: 'time-limit',
    limits: {cpuTimeMs: 500, wallTimeMs: 10_000},
    withinMs: 5000,
    verify: (result) => expect(result.explanation?.limit).toBe('cpuTimeMs'),
  },
  {
    program: 'spin-on-four-processes.c',
    does: 'spins on four processes',
    outcome: 'time-limit',
    limits: {cpuTimeMs: 600, wallTimeMs: 10_000, cpuCount: 2},
    withinMs: 5000,
    verify: (result) => expect(result.explanation?.limit).toBe('cpuTimeMs'),
  },
  {
    program: 'sleep-forever.c',
    does: 'sleeps for ever',
    outcome: 'time-limit',
    limits: {wallTimeMs: 500},
    withinMs: 3000,
    verify: (result) => {
      expect(result.run?.stdout).toBe('asleep\n');
      expect(result.explanation?.limit).toBe('wallTimeMs');
    },
  },
  {
    program: 'allocate-without-end.c',
    does: 'allocates without end',
    outcome: 'memory-limit',
    limits: {memoryBytes: 32 * MIB},
    verify: (result) => expect(result.run?.stdout).toBe('start\n'),
  },
  {
    program: 'allocate-in-children.py',
    does: 'allocates in eight children',
    outcome: 'memory-limit',
    limits: {memoryBytes: 64 * MIB},
  },
  {
    program: 'write-without-end.py',
    does: 'writes gigabytes to every writable place',
    outcome: ['disk-limit', 'memory-limit'],
    limits: {memoryBytes: 256 * MIB, diskBytes: 64 * MIB},
  },
  {
    program: 'fill-the-disk.c',
    does: 'fills the disk',
    outcome: 'disk-limit',
    limits: {diskBytes: 32 * MIB},
    verify: (result) => expect(result.run?.exitCode).toBe(28),
  },
  {
    program: 'fill-the-inodes.c',
    does: 'fills the inodes',
    outcome: 'disk-limit',
    verify: (result) => expect(result.run?.exitCode).toBe(28),
  },
  {
    program: 'file-past-its-limit.c',
    does: 'writes one file past fileBytes',
    outcome: 'disk-limit',
    limits: {fileBytes: MIB},
    verify: (result) => expect(result.explanation?.limit).toBe('fileBytes'),
  },
  {
    program: 'print-without-end.c',
    does: 'prints without end',
    outcome: 'time-limit',
    limits: {wallTimeMs: 800, outputBytes: 4096},
    verify: (result) => {
      expect(result.run?.stdoutTruncated).toBe(true);
      expect(result.run?.stdout.length).toBe(4096);
    },
  },
  {
    program: 'print-without-end.c',
    does: 'prints without end under outputPolicy stop',
    outcome: 'output-limit',
    limits: {outputBytes: 4096},
    request: {outputPolicy: 'stop'},
    withinMs: 5000,
  },
  {
    program: 'print-100-megabytes.c',
    does: 'prints 100 MB',
    outcome: 'ok',
    verify: (result) => {
      expect(result.run?.stdoutBytes).toBe(100 * MIB);
      expect(result.run?.stdout.length).toBe(MIB);
    },
  },
  {
    program: 'replace-files-by-traps.sh',
    does: 'replaces its files by symlinks, FIFOs and loops',
    outcome: 'ok',
    request: {artifacts: ['**', '*.txt', 'root/etc/passwd']},
    withinMs: 5000,
    verify: (result) =>
      expect(
        result.artifacts.filter((a) => Buffer.from(a.contentBase64, 'base64').includes('root:')),
      ).toEqual([]),
  },
  {
    program: 'unlistable-names.py',
    does: 'makes file names that are hard to list',
    outcome: 'ok',
    request: {artifacts: ['**']},
    withinMs: 5000,
  },
  {
    program: 'forbidden-calls.c',
    does: 'asks for every privileged system call',
    outcome: 'ok',
    verify: (result) => expect(result.run?.stdout).toBe('allowed: 0\n'),
  },
];

describe('a hostile program', () => {
  let engine: Awaited<ReturnType<typeof createEngine>>;
  const directory = temporaryDirectory();

  beforeAll(async () => {
    engine = await createEngine({dataDir: directory.path});
  });

  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
    directory.remove();
    expect(await hostState.settled({processes: 0, cgroups: 0})).toEqual({processes: 0, cgroups: 0});
  });

  it.each(CASES)(
    'that $does ends as $outcome, and the next run works ($program)',
    async (hostile) => {
      const extension = hostile.program.split('.').at(-1) ?? '';
      const began = performance.now();
      const result = await engine.run({
        language: LANGUAGE_OF[extension] ?? extension,
        code: readFileSync(new URL(`programs/${hostile.program}`, import.meta.url), 'utf8'),
        ...(hostile.limits === undefined ? {} : {limits: hostile.limits}),
        ...hostile.request,
      });
      const tookMs = performance.now() - began;

      expect([hostile.outcome].flat(), JSON.stringify(result.explanation)).toContain(result.outcome);
      hostile.verify?.(result);
      if (hostile.withinMs !== undefined) expect(tookMs).toBeLessThan(hostile.withinMs);

      const next = await engine.run({language: 'bash', code: 'ls -A; echo fine'});
      expect(next.outcome).toBe('ok');
      expect(next.run?.stdout).toBe('main.sh\nfine\n');
    },
    40_000,
  );
});
