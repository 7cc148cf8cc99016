import {readFile, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {PROJECT_ROOT} from '../project-files.ts';
import {runStep} from '../run-step.ts';
import type {Counts} from './counts.ts';

const REPORT = 'test-output/vitest.json';
const MINUTE_MS = 60_000;

/** An attack that succeeds once has succeeded. */
const NEVER_FORGIVEN = '/tests/security/';
/** More are no bad luck. */
const MOST_FORGIVEN = 5;

/** All vitest projects; `args` go to vitest (`npm test -- packages/engine`). */
export async function runVitestSuite(args: readonly string[]): Promise<Counts> {
  const reportPath = join(PROJECT_ROOT, REPORT);
  // A report of an earlier run must not stand in for one that vitest never came to write.
  await rm(reportPath, {force: true});
  const vitest = join(PROJECT_ROOT, 'node_modules/.bin/vitest');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${REPORT}`];
  const {exitCode} = await runStep(vitest, ['run', ...reporters, ...args], {timeoutMs: 60 * MINUTE_MS});
  const counts = await readCounts(reportPath);
  // Unhandled errors and leaks fail the run without failing a test.
  return exitCode !== 0 && counts.failed === 0 ? {...counts, failed: 1} : counts;
}

async function readCounts(path: string): Promise<Counts> {
  try {
    const report: unknown = JSON.parse(await readFile(path, 'utf8'));
    const again = triedAgain(report);
    for (const {name} of again) process.stderr.write(`FLAKY, passed when tried again: ${name}\n`);
    const unforgiven =
      again.length > MOST_FORGIVEN ? again : again.filter(({file}) => file.includes(NEVER_FORGIVEN));
    return {
      passed: numberIn(report, 'numPassedTests') - unforgiven.length,
      failed: numberIn(report, 'numFailedTests') + brokenFiles(report) + unforgiven.length,
      skipped: numberIn(report, 'numPendingTests') + numberIn(report, 'numTodoTests'),
    };
  } catch (error) {
    process.stderr.write(`vitest left no readable report: ${error}\n`);
    return {passed: 0, failed: 1, skipped: 0};
  }
}

/** Tests that passed, but not at first. */
function triedAgain(report: unknown): {readonly file: string; readonly name: string}[] {
  return listIn(report, 'testResults').flatMap((file) =>
    listIn(file, 'assertionResults')
      .filter((test) => field(test, 'status') === 'passed' && !isEmpty(field(test, 'failureMessages')))
      .map((test) => ({file: String(field(file, 'name')), name: String(field(test, 'fullName'))})),
  );
}

function listIn(value: unknown, name: string): readonly unknown[] {
  const list = field(value, name);
  return Array.isArray(list) ? list : [];
}

/** Files that could not be loaded have no tests to count. */
function brokenFiles(report: unknown): number {
  return listIn(report, 'testResults').filter(
    (file) => field(file, 'status') === 'failed' && isEmpty(field(file, 'assertionResults')),
  ).length;
}

function isEmpty(value: unknown): boolean {
  return !Array.isArray(value) || value.length === 0;
}

function numberIn(report: unknown, name: string): number {
  const value = field(report, name);
  return typeof value === 'number' ? value : 0;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
