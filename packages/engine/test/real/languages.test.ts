import type {RunRequest} from '@sandglass/protocol';
import {describe, expect, it} from 'vitest';
import {useRealEngine} from '../support/real-engine.ts';

const real = useRealEngine();

interface Program {
  readonly row: string;
  readonly title: string;
  readonly request: RunRequest;
  readonly stdout: string;
}

const PROGRAMS: readonly Program[] = [
  {
    row: 'row 3',
    title: 'Python sums its input',
    request: {language: 'python', code: 'import sys\nprint(sum(map(int, sys.stdin)))', stdin: '1\n2\n39\n'},
    stdout: '42\n',
  },
  {
    row: 'row 4',
    title: 'a C file is built by a C compiler',
    request: {
      language: 'c',
      code: '#include <stdio.h>\n#include <stdlib.h>\nint main(void) { int *class = malloc(4); *class = 1; printf("%ld %d\\n", __STDC_VERSION__, *class); }',
    },
    stdout: '201710 1\n',
  },
  {
    row: 'row 4',
    title: 'C++ has its own standard',
    request: {
      language: 'c++',
      code: '#include <iostream>\nint main() { std::cout << (__cplusplus >= 202002L) << "\\n"; }',
    },
    stdout: '1\n',
  },
  {
    row: 'row 5',
    title: 'a Java Main with threads',
    request: {
      language: 'java',
      code: 'public class Main { static int n; public static void main(String[] a) throws Exception { Thread[] t = new Thread[8]; for (int i = 0; i < 8; i++) { t[i] = new Thread(() -> { synchronized (Main.class) { n++; } }); t[i].start(); } for (Thread x : t) x.join(); System.out.println(n); } }',
    },
    stdout: '8\n',
  },
  {
    row: 'row 6',
    title: 'JavaScript reads stdin in a worker thread program',
    request: {
      language: 'js',
      code: 'const {Worker} = require("node:worker_threads");\nconst text = require("node:fs").readFileSync(0, "utf8");\nnew Worker("require(\'node:worker_threads\').parentPort.postMessage(6 * 7)", {eval: true}).on("message", (n) => console.log(text.trim(), n));',
      stdin: 'input\n',
    },
    stdout: 'input 42\n',
  },
  {
    row: 'row 6',
    title: 'TypeScript with an enum',
    request: {
      language: 'ts',
      code: 'enum Colour { Red = 7 }\nconst c: Colour = Colour.Red;\nconsole.log(c);',
    },
    stdout: '7\n',
  },
  {
    row: 'row 7',
    title: 'Go with goroutines',
    request: {
      language: 'go',
      code: 'package main\n\nimport "fmt"\n\nfunc main() {\n\tc := make(chan int)\n\tfor i := 0; i < 10; i++ {\n\t\tgo func(i int) { c <- i }(i)\n\t}\n\ts := 0\n\tfor i := 0; i < 10; i++ {\n\t\ts += <-c\n\t}\n\tfmt.Println(s)\n}\n',
    },
    stdout: '45\n',
  },
  {
    row: 'row 8',
    title: 'Rust',
    request: {
      language: 'rust',
      code: 'fn main() { let v: Vec<u64> = (1..=20).collect(); println!("{}", v.iter().product::<u64>()); }',
    },
    stdout: '2432902008176640000\n',
  },
];

describe('languages', () => {
  it.each(PROGRAMS)('$row: $title', async ({request, stdout}) => {
    expect(await real.run(request)).toMatchObject({outcome: 'ok', run: {stdout, stderr: '', exitCode: 0}});
  });

  it('row 9: runs every language that is listed as available', async () => {
    for (const {recipe, toolchains} of real.engine.languages.entries) {
      if (toolchains.length === 0) continue;
      const result = await real.run({language: recipe.id, code: recipe.example, stdin: 'a line\n'});
      expect(result, recipe.id).toMatchObject({
        outcome: 'ok',
        language: {id: recipe.id, version: toolchains[0]?.version},
        run: {stdout: expect.stringMatching(/^Hello from .*\n.*a line\n$/)},
      });
    }
  });

  it('row 9: resolves aliases whatever their case', async () => {
    for (const language of ['py', 'PY3', 'Python@3.11']) {
      const result = await real.run({language, code: 'print(1)'});
      expect(result.language.id).toBe('python');
    }
  });

  it('row 9: names the known languages when it does not know one', async () => {
    await expect(real.run({language: 'cobol', code: 'x'})).rejects.toMatchObject({
      code: 'unknown-language',
      message: expect.stringMatching(/python.*rust/),
    });
  });

  it('row 11: reports a refused compile by itself and runs nothing', async () => {
    const result = await real.run({
      language: 'c',
      code: '#include <stdio.h>\nint main(void) {\n  puts("never")\n}\n',
    });
    expect(result).toMatchObject({
      outcome: 'compile-error',
      compile: {exitCode: 1, stderr: expect.stringContaining('main.c:3:16: error: expected')},
      run: null,
      explanation: {code: 'compile-error', message: expect.stringContaining('main.c, line 3')},
      diagnostics: [{file: 'main.c', line: 3, severity: 'error'}],
      artifacts: [],
    });
  });

  it('row 11: keeps the warnings of a program that compiles', async () => {
    const result = await real.run({
      language: 'c',
      code: 'int main(void) { int unused; return 0; }',
      compilerOptions: ['-Wall'],
    });
    expect(result).toMatchObject({
      outcome: 'ok',
      diagnostics: [{severity: 'warning', file: 'main.c', line: 1}],
    });
  });

  it('row 11: says which limit stopped a compiler', async () => {
    const result = await real.run({
      language: 'cpp',
      code: '#include <regex>\nint main() { return std::regex_match("a", std::regex("a")); }',
      compileLimits: {wallTimeMs: 60},
    });
    expect(result).toMatchObject({
      outcome: 'compile-error',
      run: null,
      explanation: {code: 'compile-wall-time-limit', limit: 'wallTimeMs', allowed: 60},
    });
  });

  it.each([['-c'], ['-E'], ['-fsyntax-only']])('row 11: says that %s made no program', async (option) => {
    const result = await real.run({language: 'c', code: 'int main(void) {}', compilerOptions: [option]});
    expect(result).toMatchObject({
      outcome: 'compile-error',
      run: null,
      explanation: {code: 'compile-no-program'},
    });
  });

  it('carries programs of many sizes from the compiler to the run', async () => {
    for (let mebibytes = 0; mebibytes < 12; mebibytes++) {
      const code = `char large[(${mebibytes} << 20) + 1] = {7};\nint main(void) { return large[0]; }`;
      const result = await real.run({language: 'c', code, cache: 'off'});
      expect(result).toMatchObject({outcome: 'runtime-error', run: {exitCode: 7}});
    }
  });

  it('lays files beside the program, in folders, and starts the entry that is named', async () => {
    const result = await real.run({
      language: 'python',
      files: [
        {path: 'data/in.txt', content: 'from a file'},
        {path: 'app/start.py', content: 'from helper import say\nsay(open("data/in.txt").read())'},
        {path: 'app/helper.py', content: 'def say(x): print(x)'},
      ],
      entry: 'app/start.py',
    });
    expect(result).toMatchObject({outcome: 'ok', run: {stdout: 'from a file\n'}});
  });

  it('hands over arguments and environment as they are', async () => {
    const args = ['a b', '$HOME', '', '漢', '--flag'];
    const result = await real.run({
      language: 'python',
      code: 'import sys, os, json\nprint(json.dumps([sys.argv[1:], os.environ["MINE"], os.environ.get("HOME")]))',
      args,
      env: {MINE: 'x=y "z"'},
    });
    expect(JSON.parse(result.run?.stdout ?? '')).toEqual([args, 'x=y "z"', '/work']);
  });
});
