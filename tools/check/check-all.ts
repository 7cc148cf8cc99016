import {join} from 'node:path';
import {PROJECT_ROOT} from '../project-files.ts';
import {runStep} from '../run-step.ts';
import {checkDocs} from './docs.ts';
import {checkLayers} from './layers.ts';
import {checkLockFile} from './lock-file.ts';
import type {Problem} from './problem.ts';

const MINUTE_MS = 60_000;

const CHECKS: readonly {readonly name: string; readonly isGood: () => boolean | Promise<boolean>}[] = [
  {name: 'format and lint', isGood: () => commandSucceeds('biome', ['check', '.'])},
  {name: 'layers', isGood: () => showNone(checkLayers())},
  {name: 'types', isGood: () => commandSucceeds('tsc', ['--noEmit', '-p', '.'])},
  // Code for browsers knows other globals than code for Node, so it has a configuration of its own.
  {name: 'types of the page', isGood: () => commandSucceeds('tsc', ['--noEmit', '-p', 'packages/web'])},
  {name: 'documentation', isGood: () => showNone(checkDocs())},
  {name: 'lock file', isGood: () => showNone(checkLockFile())},
];

/** Runs every check, also after one has failed, and counts them. */
export async function checkAll(): Promise<{passed: number; failed: number}> {
  let passed = 0;
  for (const {name, isGood} of CHECKS) {
    const good = await isGood();
    passed += good ? 1 : 0;
    process.stdout.write(`${good ? 'ok' : 'NOT OK'}: ${name}\n`);
  }
  return {passed, failed: CHECKS.length - passed};
}

async function commandSucceeds(command: string, args: readonly string[]): Promise<boolean> {
  const path = join(PROJECT_ROOT, 'node_modules/.bin', command);
  return (await runStep(path, args, {timeoutMs: 10 * MINUTE_MS})).exitCode === 0;
}

function showNone(problems: readonly Problem[]): boolean {
  for (const {where, message} of problems) process.stdout.write(`${where}: ${message}\n`);
  return problems.length === 0;
}
