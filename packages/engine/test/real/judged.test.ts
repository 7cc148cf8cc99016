import type {RunRequest, TestResult} from '@sandglass/protocol';
import {describe, expect, it} from 'vitest';
import {useRealEngine} from '../support/real-engine.ts';

const real = useRealEngine();

const SUM: RunRequest = {language: 'python', code: 'print(sum(map(int, input().split())))'};
const GUESS = `lo, hi = 1, 1000
while True:
    mid = (lo + hi) // 2
    print(mid, flush=True)
    answer = input()
    if answer == "equal": break
    if answer == "less": hi = mid - 1
    else: lo = mid + 1`;
const GUESS_JUDGE = `import sys
secret = int(open(sys.argv[1]).read())
for _ in range(10):
    line = sys.stdin.readline()
    if not line:
        print("no guess", file=sys.stderr); sys.exit(1)
    guess = int(line)
    print("equal" if guess == secret else "less" if secret < guess else "greater", flush=True)
    if guess == secret: sys.exit(0)
print("too many guesses", file=sys.stderr)
sys.exit(1)`;

describe('a judged run', () => {
  it('runs every test, tells each as it ends and returns them in order with a score', async () => {
    const told: TestResult[] = [];
    const tests = [
      {name: 'small', stdin: '1 2', expected: '3\n'},
      {stdin: '5 5', expected: '11', weight: 3},
      {stdin: 'x', expected: '0'},
      {name: 'unchecked', stdin: '1'},
    ];
    const result = await real.run(
      {...SUM, tests},
      {onEvent: (event) => void (event.kind === 'test' && told.push(event.test))},
    );
    expect(result.tests.map(({name, outcome}) => [name, outcome])).toEqual([
      ['small', 'ok'],
      ['2', 'wrong-answer'],
      ['3', 'runtime-error'],
      ['unchecked', 'ok'],
    ]);
    expect(result).toMatchObject({
      outcome: 'wrong-answer',
      run: null,
      score: {points: 2, possible: 6},
      explanation: {code: 'wrong-answer', message: expect.stringContaining('"10" but should be "11"')},
    });
    expect(new Set(told)).toEqual(new Set(result.tests));
  });

  it('compiles once for all tests', async () => {
    const code =
      '#include <stdio.h>\nint main(void) { long a, b; scanf("%ld %ld", &a, &b); printf("%ld\\n", a + b); }';
    const tests = Array.from({length: 20}, (_, index) => ({stdin: `${index} 1`, expected: `${index + 1}`}));
    const result = await real.run({language: 'c', code, tests});
    expect(result).toMatchObject({outcome: 'ok', score: {points: 20, possible: 20}});
    expect(result.compile?.exitCode).toBe(0);
  });

  it('leaves its tests skipped when the program does not compile', async () => {
    const result = await real.run({language: 'c', code: 'int main(', tests: [{stdin: ''}]});
    expect(result).toMatchObject({
      outcome: 'compile-error',
      tests: [{name: '1', outcome: 'skipped', run: null}],
    });
  });

  it('holds each test to its own limits, and one that hangs does not stop the others', async () => {
    const code = 'n = int(input())\nwhile n == 3: pass\nprint(n)';
    const tests = Array.from({length: 8}, (_, n) => ({
      stdin: String(n),
      expected: String(n),
      limits: {wallTimeMs: n === 3 ? 300 : 5000},
    }));
    const result = await real.run({language: 'python', code, tests});
    expect(result.outcome).toBe('time-limit');
    expect(result.tests.map(({outcome}) => outcome)).toEqual(
      tests.map((_, n) => (n === 3 ? 'time-limit' : 'ok')),
    );
  });

  it('stops at the first failure when asked to', async () => {
    const tests = Array.from({length: 30}, (_, n) => ({stdin: '1 1', expected: n === 1 ? '3' : '2'}));
    const {tests: results, outcome} = await real.run({...SUM, tests, stopOnFailure: true});
    expect(outcome).toBe('wrong-answer');
    expect(results.at(-1)).toEqual({name: '30', outcome: 'skipped', run: null});
    expect(results[0]?.outcome).toBe('ok');
  });

  it('gives each test a fresh sandbox', async () => {
    const code = 'import os\nprint(os.path.exists("left"))\nopen("left", "w")';
    const tests = Array.from({length: 4}, () => ({expected: 'False'}));
    expect(await real.run({language: 'python', code, tests})).toMatchObject({outcome: 'ok'});
  });

  it('skips what is left when it is cancelled', async () => {
    const abort = new AbortController();
    const tests = Array.from({length: 10}, () => ({}));
    const result = await real.run(
      {language: 'python', code: 'import time; time.sleep(60)', tests, limits: {wallTimeMs: 60_000}},
      {
        signal: abort.signal,
        onEvent: (event) => void (event.kind === 'state' && setTimeout(() => abort.abort(), 300)),
      },
    );
    expect(result.outcome).toBe('cancelled');
    expect(result.tests.at(-1)?.outcome).toBe('skipped');
  });

  it('sorts a million integers', async () => {
    const numbers = Array.from({length: 1_000_000}, (_, index) => (index * 7_919) % 1_000_003);
    const sorted = [...numbers].sort((a, b) => a - b);
    const code = 'import sys\nn = sorted(map(int, sys.stdin.read().split()))\nprint("\\n".join(map(str, n)))';
    const tests = [{stdin: numbers.join(' '), expected: sorted.join('\n')}];
    const limits = {outputBytes: 16 * 1024 * 1024};
    const result = await real.run({language: 'python', code, tests, limits, checker: {kind: 'tokens'}});
    expect(result).toMatchObject({outcome: 'ok', tests: [{run: {stdoutTruncated: false}}]});
  });
});

describe('a checker program', () => {
  const checker = (code: string, language = 'python') => ({kind: 'program' as const, language, code});
  const judge = (code: string, language?: string) =>
    real.run({...SUM, tests: [{stdin: '1 2', expected: '3'}], checker: checker(code, language)});

  it('gets input, expected and actual output, and its words reach the result', async () => {
    const code =
      'import sys\ni, e, a = (open(p).read() for p in sys.argv[1:])\nprint(repr(i), repr(e), repr(a))\nsys.exit(1)';
    expect(await judge(code)).toMatchObject({
      outcome: 'wrong-answer',
      tests: [{outcome: 'wrong-answer', message: "'1 2' '3' '3\\n'"}],
    });
  });

  it('may be written in a language that compiles', async () => {
    expect(await judge('int main(int c, char **v) { return c == 4 ? 0 : 1; }', 'c')).toMatchObject({
      outcome: 'ok',
    });
  });

  it.each([
    ['crashes', 'raise ValueError("oops")', 'runtime-error'],
    ['never ends', 'while True: pass', 'time-limit'],
    ['eats memory', 'x = []\nwhile True: x.append(bytes(1 << 20))', 'memory-limit'],
    ['ends with a code that is no verdict', 'raise SystemExit(7)', 'runtime-error'],
  ])('that %s gives no verdict, and the result says so', async (_, code, outcome) => {
    const result = await judge(code);
    expect(result).toMatchObject({outcome, explanation: {code: 'judge-failed'}});
    expect(result.tests[0]?.message).toContain('The checker gave no verdict');
  });

  it('that does not compile ends the run with its errors', async () => {
    expect(await judge('int main(', 'c')).toMatchObject({
      outcome: 'compile-error',
      explanation: {code: 'judge-compile-error', message: expect.stringContaining('error')},
      tests: [{outcome: 'skipped'}],
    });
  });
});

describe('an interactor', () => {
  const interactor = {language: 'python', code: GUESS_JUDGE};
  const play = (code: string, more: Partial<RunRequest> = {}) =>
    real.run({
      language: 'python',
      code,
      tests: [{stdin: '717'}],
      interactor,
      limits: {wallTimeMs: 1500},
      ...more,
    });

  it('talks with the program, and the transcript is kept', async () => {
    const result = await play(GUESS);
    expect(result).toMatchObject({outcome: 'ok'});
    expect(result.tests[0]?.transcript).toMatch(/^> 500\n< greater\n> 750\n< less\n/);
  });

  it('gives the verdict', async () => {
    const result = await play('for n in range(1, 1000): print(n, flush=True); input()');
    expect(result).toMatchObject({outcome: 'wrong-answer', tests: [{message: 'too many guesses'}]});
  });

  it('meets a program that waits for it, and time ends both', async () => {
    expect(await play('input()')).toMatchObject({outcome: 'time-limit'});
  });

  it('meets a program that ends early', async () => {
    expect(await play('pass')).toMatchObject({outcome: 'wrong-answer', tests: [{message: 'no guess'}]});
    expect(await play('raise ValueError')).toMatchObject({outcome: 'runtime-error'});
  });

  it('meets a program that never stops talking', async () => {
    const result = await play('while True: print(1)');
    expect(result.outcome).toBe('wrong-answer');
    expect(result.tests[0]?.transcript?.length).toBeLessThan(64 * 1024);
  });

  it('that ends early or crashes leaves no program behind', async () => {
    const crashing = await play(GUESS, {interactor: {language: 'python', code: 'raise ValueError'}});
    expect(crashing).toMatchObject({outcome: 'runtime-error', explanation: {code: 'judge-failed'}});
    const ending = await play('print(input())', {interactor: {language: 'python', code: 'print("hi")'}});
    expect(ending).toMatchObject({outcome: 'ok'});
  });
});
