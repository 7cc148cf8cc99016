import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {MAX_DIAGNOSTICS} from '../../src/diagnostics/diagnostic-list.ts';
import {RECIPES} from '../../src/recipes/all.ts';
import {sourceFiles} from '../support/source-files.ts';

const PARSERS = RECIPES.flatMap(({id, sourceFile, diagnose}) =>
  diagnose === undefined
    ? []
    : (['compile', 'run'] as const).map((stage) => ({id, stage, sourceFile, diagnose})),
);

/** Pieces of real messages, so that random text reaches the inside of the parsers. */
const FRAGMENTS = fc.constantFrom(
  'main.c:1:2: error: ',
  '  File "/work/main.py", line 9',
  '    ^',
  'SyntaxError: x',
  'Main.java:3: error: y',
  '\tat a.Main.f(Main.java:3)',
  'Exception in thread "main" z',
  '/work/main.js:3',
  '    at f (/work/main.ts:3:4)',
  'main.ts(1,2): error TS1: ',
  'panic: p',
  '\t/work/main.go:5',
  ' --> main.rs:1:2',
  "thread 'main' panicked at main.rs:99999999999999999999:2:",
  '\n',
);

const MEBIBYTE = 1024 * 1024;

/** Each is a mebibyte of what makes careless patterns backtrack. */
const ADVERSARIAL = {
  'one letter': 'a',
  'colons and digits': ':1',
  blanks: ' ',
  'open quotes': '"\'`',
  brackets: '(',
  'places without end': 'main.c:1:',
  'frames without end': '\tat a.b/',
  carets: '    ^\n',
  'repeated errors': 'main.c:1:2: error: x\nMain.java:3: error: y\n --> main.rs:1:2\nerror: z\n',
};

describe.each(PARSERS)('The $id parser for the $stage stage', ({diagnose, stage, sourceFile}) => {
  const context = {files: sourceFiles({[sourceFile]: 'one\ntwo\nthree\n'}), entry: sourceFile};

  test('survives any text and names only files of the user', () => {
    const text = fc.array(fc.oneof(FRAGMENTS, fc.string({unit: 'binary'}))).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (hostile) => {
        for (const found of diagnose(hostile, stage, context)) {
          expect(found.file).toBe(sourceFile);
          expect(found.line).toBeGreaterThan(0);
          expect(found.column ?? 1).toBeGreaterThan(0);
        }
      }),
    );
  });

  test.each(Object.entries(ADVERSARIAL))('reads a mebibyte of %s in bounded time', (_, unit) => {
    const text = unit.repeat(Math.ceil(MEBIBYTE / unit.length));
    const startedAt = performance.now();
    const found = diagnose(text, stage, context);
    // Linear work takes some ten milliseconds; quadratic work over a mebibyte takes minutes.
    expect(performance.now() - startedAt).toBeLessThan(2000);
    expect(found.length).toBeLessThanOrEqual(MAX_DIAGNOSTICS);
  });
});
