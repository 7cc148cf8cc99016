import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {type LabRun, type LanguageLab, openLanguageLab} from '../support/language-lab.ts';

const MIB = 1024 * 1024;

describe("A runtime's memory follows the run's limit", () => {
  let lab: LanguageLab;
  beforeAll(async () => {
    lab = await openLanguageLab();
  });
  afterAll(() => lab[Symbol.asyncDispose]());

  async function run(language: string, code: string, options?: LabRun) {
    const result = await lab.run(language, code, options);
    if (result === null) throw new Error(`This test needs ${language}; install it.`);
    if (result.run === null) throw new Error(`The program does not compile: ${result.compile?.stderr}`);
    return result.run;
  }

  test.each([
    [
      'java',
      'import java.util.*;\npublic class Main { public static void main(String[] a) { List<int[]> l = new ArrayList<>(); for (;;) l.add(new int[100000]); } }',
    ],
    ['javascript', 'const all = []; for (;;) all.push(new Array(1e5).fill(1.5));'],
    ['typescript', 'const all: number[][] = []; for (;;) all.push(new Array(1e5).fill(1.5));'],
  ])('a full heap of %s is known as out of memory, before the kernel has to kill', async (language, code) => {
    const ended = await run(language, code);
    expect(ended.isOutOfMemory, ended.stderr).toBe(true);
    expect(ended.exit.oomKills).toBe(0);
  });

  test('threads that Java cannot start are not taken for memory', async () => {
    const code =
      'public class Main { public static void main(String[] a) { for (int i = 0; i < 500; i++) new Thread(() -> { try { Thread.sleep(9000); } catch (Exception e) {} }).start(); } }';
    const ended = await run('java', code, {limits: {wallTimeMs: 4000}});
    expect(ended.stderr).toContain('unable to create native thread');
    expect(ended.isOutOfMemory).toBe(false);
  });

  test.each([
    ['java', 96],
    ['java', 1024],
    ['javascript', 96],
    ['go', 32],
  ])('%s produces far more garbage than its %i MiB and stays within them', async (language, memoryMib) => {
    const programs: Record<string, string> = {
      java: 'public class Main { static byte[] b; public static void main(String[] a) { for (int i = 0; i < 4000; i++) b = new byte[1 << 20]; System.out.println("done"); } }',
      javascript: 'let o; for (let i = 0; i < 4e6; i++) o = {i, s: "x" + i, a: [i, i]}; console.log("done");',
      go: 'package main\nimport "fmt"\nvar b []byte\nfunc main() { for i := 0; i < 4000; i++ { b = make([]byte, 1<<20) }; fmt.Println("done") }',
    };
    const ended = await run(language, programs[language] ?? '', {limits: {memoryBytes: memoryMib * MIB}});
    expect(ended.stdout, `${ended.stderr} ${JSON.stringify(ended.exit)}`).toBe('done\n');
  });

  test('Java gets most of what it is allowed', async () => {
    const code =
      'public class Main { public static void main(String[] a) { byte[][] all = new byte[170][]; for (int i = 0; i < 170; i++) all[i] = new byte[1 << 20]; System.out.println(all.length); } }';
    expect((await run('java', code)).stdout).toBe('170\n');
  });

  test('deep recursion of Java has the stack it needs', async () => {
    const code =
      'public class Main { static int f(int n) { return n == 0 ? 0 : 1 + f(n - 1); } public static void main(String[] a) { System.out.println(f(100000)); } }';
    expect((await run('java', code)).stdout).toBe('100000\n');
  });
});
