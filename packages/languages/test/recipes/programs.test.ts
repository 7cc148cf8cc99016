import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {type LanguageLab, openLanguageLab} from '../support/language-lab.ts';
import {PROGRAMS} from './programs.ts';

describe('Programs of several files, packages and faults', () => {
  let lab: LanguageLab;
  beforeAll(async () => {
    lab = await openLanguageLab();
  });
  afterAll(() => lab[Symbol.asyncDispose]());

  test.for(PROGRAMS)('$title', async (program, {skip}) => {
    const result = await lab.run(program.language, program.files, program.options);
    if (result === null) return skip(`this host has no ${program.language}`);
    const {compile, run} = result;
    const text = compile === null ? '' : compile.stdout + compile.stderr;
    expect(run === null, text).toBe(program.failsToCompile ?? false);
    if (program.stdout !== undefined) expect(run?.stdout, run?.stderr).toBe(program.stdout);
    if (run !== null) expect(run.exit.exitCode ?? -1, run.stderr).toBe(program.exitCode ?? 0);
    const found = [...(compile?.diagnostics ?? []), ...(run?.diagnostics ?? [])];
    for (const expected of program.diagnostics ?? []) {
      expect(found).toContainEqual({...expected, message: expect.any(String)});
    }
  });
});
