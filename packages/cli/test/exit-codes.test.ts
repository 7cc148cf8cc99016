import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Outcome, Step} from '@sandglass/protocol';
import {expect, test} from 'vitest';
import {COMMANDS} from '../src/commands/index.ts';
import {EXIT_CODES, exitCodeOfRun, exitCodeOfSignal} from '../src/exit-codes.ts';

const manual = readFileSync(join(import.meta.dirname, '../../../docs/cli.md'), 'utf8');

/** Only the two fields that decide the exit code. */
const step = (exitCode: number | null, signal: string | null) => ({exitCode, signal}) as Step;

test.each<[Outcome, Step | null, number]>([
  ['ok', step(0, null), 0],
  ['runtime-error', step(7, null), 7],
  ['signaled', step(null, 'SIGSEGV'), 139],
  ['compile-error', null, 65],
  ['time-limit', step(null, 'SIGKILL'), 124],
  ['memory-limit', step(0, null), 137],
  ['output-limit', step(null, 'SIGKILL'), 137],
  ['cancelled', null, 130],
  ['internal-error', null, 70],
])('a run that ended as %s gives its documented exit code', (outcome, run, exitCode) => {
  expect(exitCodeOfRun({outcome, run})).toBe(exitCode);
});

test('signals become 128 + n, real-time ones included', () => {
  expect(exitCodeOfSignal('SIGTERM')).toBe(143);
  expect(exitCodeOfSignal('SIGRT34')).toBe(162);
});

test('the manual lists every exit code of our own and every command', () => {
  for (const code of Object.values(EXIT_CODES)) expect(manual).toContain(`| ${code} |`);
  for (const {name} of COMMANDS) expect(manual).toContain(`| \`${name}\` |`);
});
