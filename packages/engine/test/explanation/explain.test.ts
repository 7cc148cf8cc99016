import {DEFAULT_RUN_LIMITS} from '@sandglass/protocol';
import {describe, expect, it} from 'vitest';
import {explainCompile} from '../../src/explanation/explain-compile.ts';
import {explainRun} from '../../src/explanation/explain-run.ts';
import {LIMIT_CAUSES, type Verdict} from '../../src/outcome/verdict.ts';
import {exitReport} from '../support/exit-report.ts';

const LIMITS = DEFAULT_RUN_LIMITS;

function explain(
  verdict: Verdict,
  {
    stderr = '',
    exit = exitReport({exitCode: 1}),
    diagnostics = [],
  }: Partial<Parameters<typeof explainRun>[0]> = {},
) {
  return explainRun({verdict, exit, limits: LIMITS, stderr, diagnostics});
}

describe('explainRun', () => {
  it('has nothing to say about a program that ended well', () => {
    expect(explain({kind: 'ok'})).toBeNull();
  });

  it.each(LIMIT_CAUSES)('names the limit behind %s in the words of the request, with its value', (cause) => {
    const explanation = explain({kind: 'limit', cause});
    expect(explanation?.message).toContain(`limits.${explanation?.limit}`);
    expect(explanation?.allowed).toBe(LIMITS[explanation?.limit ?? 'cpuCount']);
    expect(explanation?.peak).toEqual(expect.any(Number));
  });

  it('says 256 MiB, not 268435456', () => {
    expect(
      explain({kind: 'limit', cause: 'memory'}, {exit: exitReport({stopReason: 'out-of-memory'})})?.message,
    ).toMatch(
      /^The program needed more memory than the 256 MiB it is allowed \(limits\.memoryBytes\) and was stopped\./,
    );
  });

  it('says that only a part of the program was stopped for memory when the rest went on', () => {
    const exit = exitReport({exitCode: 0, oomKills: 1});
    expect(explain({kind: 'limit', cause: 'memory'}, {exit})?.message).toContain(
      'one of its processes was stopped',
    );
  });

  it.each([
    ['waiting', 5],
    ['computing', 9000],
  ])('tells a program that was %s from its cpu time', (word, cpuTimeMs) => {
    const exit = exitReport({
      exitCode: null,
      signal: 'SIGKILL',
      stopReason: 'wall-time',
      wallTimeMs: 10_000.5,
      cpuTimeMs,
    });
    expect(explain({kind: 'limit', cause: 'wall-time'}, {exit})?.message).toContain(word);
  });

  it.each([
    ['SIGSEGV', '', 'segmentation-fault'],
    ['SIGABRT', '', 'aborted'],
    ['SIGABRT', "a.out: main.c:3: main: Assertion `1 == 2' failed.\n", 'assertion-failed'],
    ['SIGABRT', "terminate called after throwing an instance of 'int'\n", 'uncaught-exception'],
    ['SIGRTMIN', '', 'signal'],
  ])('explains %s with stderr %j as %s', (signal, stderr, code) => {
    const explanation = explain({kind: 'signaled', signal}, {stderr});
    expect(explanation?.code).toBe(code);
    expect(explanation?.message).toContain(signal);
  });

  it('finds the text of an abort after a megabyte of other output, quickly', () => {
    const stderr = `${'Assertion '.repeat(100_000)}\nx: Assertion \`a' failed.\n`;
    const startedAt = performance.now();
    expect(explain({kind: 'signaled', signal: 'SIGABRT'}, {stderr})?.code).toBe('assertion-failed');
    expect(performance.now() - startedAt).toBeLessThan(50);
  });

  it.each([
    [1, '', 'exit-code'],
    [127, 'x: line 1: nope: command not found', 'command-not-found'],
    [127, 'mine', 'exit-code'],
    [126, 'x: ./y: Permission denied', 'command-not-executable'],
    [139, '', 'exit-code-of-signal'],
    [255, '', 'exit-code'],
  ])('explains exit code %i with stderr %j as %s', (exitCode, stderr, code) => {
    expect(explain({kind: 'failed', exitCode}, {stderr})?.code).toBe(code);
  });

  it('quotes no more than the beginning of an endless error', () => {
    const diagnostics = [
      {file: 'main.py', line: 1, severity: 'error', message: `E: ${'x'.repeat(5000)}`},
    ] as const;
    expect(explain({kind: 'failed', exitCode: 1}, {diagnostics})?.message.length).toBeLessThan(500);
  });
});

describe('explainCompile', () => {
  it('leads with the first error and counts the others', () => {
    const error = (line: number) =>
      ({file: 'main.c', line, severity: 'error', message: `error ${line}`}) as const;
    const verdict = {kind: 'failed', exitCode: 1} as const;
    const explanation = explainCompile({
      verdict,
      exit: exitReport(),
      limits: LIMITS,
      diagnostics: [error(3), error(5)],
    });
    expect(explanation).toEqual({
      code: 'compile-error',
      message:
        'The compiler found an error, so nothing was run: error 3 (main.c, line 3). 2 errors were found; the first often causes the others.',
    });
  });

  it.each(LIMIT_CAUSES)('names compileLimits for %s', (cause) => {
    const explanation = explainCompile({
      verdict: {kind: 'limit', cause},
      exit: exitReport(),
      limits: LIMITS,
      diagnostics: [],
    });
    expect(explanation.code).toMatch(/^compile-.*-?limit$/);
    expect(explanation.message).toContain(`The compiler`);
    expect(explanation.message).toContain(`compileLimits.${explanation.limit}`);
  });
});
