import type {Diagnostic} from '@sandglass/protocol';
import type {LabRun} from '../support/language-lab.ts';

/** A program of several files, with options or with a fault, and what it must print, or which stage must fail. */
export interface ProgramCase {
  readonly title: string;
  readonly language: string;
  readonly files: string | Readonly<Record<string, string>>;
  readonly options?: LabRun;
  /** Exact standard output of the run. */
  readonly stdout?: string;
  /** Default 0. */
  readonly exitCode?: number;
  readonly failsToCompile?: boolean;
  /** Positions and severities that must be among the diagnostics. */
  readonly diagnostics?: readonly Omit<Diagnostic, 'message'>[];
}

/** Each must work on every host that has the language. */
export const PROGRAMS: readonly ProgramCase[] = [
  {
    title: 'C files in folders are compiled and linked, with the mathematics library',
    language: 'c',
    files: {
      'main.c':
        '#include <stdio.h>\n#include <math.h>\n#include "util/u.h"\nint main(int c, char **v) { printf("%d %.0f %s\\n", one(), sqrt(c + 7.0), v[1]); }',
      'util/u.c': '#include "u.h"\nint one(void) { return 1; }',
      'util/u.h': 'int one(void);',
    },
    options: {args: ['-o "x"']},
    stdout: '1 3 -o "x"\n',
  },
  {
    title: 'row 4: a C file is built by a C compiler',
    language: 'c',
    files:
      '#include <stdio.h>\n#include <stdlib.h>\nint main(void) { int *new = malloc(4); int class = sizeof(\'a\'); printf("%d %d\\n", new != 0, class); }',
    stdout: '1 4\n',
  },
  {
    title: 'row 10: the compiler of a C program can be chosen',
    language: 'c@clang',
    files:
      '#include <stdio.h>\n#ifdef __clang__\nint main(void) { puts("clang"); }\n#else\nint main(void) { puts("another"); }\n#endif',
    stdout: 'clang\n',
  },
  {
    title: 'row 10: the compiler of a C++ program can be chosen, and its errors are placed',
    language: 'cpp@clang',
    files: '#include <vector>\nint main() {\n  return std::vector<int>{}.nope;\n}',
    failsToCompile: true,
    diagnostics: [{file: 'main.cpp', line: 3, column: 29, severity: 'error'}],
  },
  {
    title: 'compiler options come after our own, so they win',
    language: 'c',
    files: '#include <stdio.h>\nint main(void) { printf("%ld %d\\n", __STDC_VERSION__, X); }',
    options: {compilerOptions: ['-std=c99', '-DX=5']},
    stdout: '199901 5\n',
  },
  {
    title: 'a failed C assertion ends by SIGABRT and is placed',
    language: 'c',
    files: '#include <assert.h>\nint main(int n, char **v) {\n  assert(n == 0);\n}',
    diagnostics: [{file: 'main.c', line: 3, severity: 'error'}],
    exitCode: -1,
  },
  {
    title: 'row 11: a C error is a compile error with its place',
    language: 'c',
    files: 'int main(void) {\n  return x;\n}',
    failsToCompile: true,
    diagnostics: [{file: 'main.c', line: 2, column: 10, severity: 'error'}],
  },
  {
    title: 'a C warning is a diagnostic and stops nothing',
    language: 'c',
    files: 'int main(void) {\n  int unused;\n  return 0;\n}',
    stdout: '',
    diagnostics: [{file: 'main.c', line: 2, column: 7, severity: 'warning'}],
  },
  {
    title: 'row 4: C++ files and C files beside them become one program',
    language: 'cpp',
    files: {
      'main.cpp':
        '#include <iostream>\n#include <concepts>\nextern "C" int legacy(void);\nint twice(std::integral auto x) { return 2 * x; }\nint half(int);\nint main() { std::cout << twice(legacy()) << half(4) << "\\n"; }',
      'half.cc': 'int half(int x) { return x / 2; }',
      "it's legacy.c": 'int legacy(void) { int new = 4; return new; }',
    },
    stdout: '82\n',
  },
  {
    title: 'an entry in a Python package is started as a module, so relative imports work',
    language: 'python',
    files: {
      'app/__init__.py': '',
      'app/main.py': 'import sys\nfrom .util import two\nprint(two(), __name__, sys.argv[1])',
      'app/util.py': 'def two(): return 2',
    },
    options: {entry: 'app/main.py', args: ['a b']},
    stdout: '2 __main__ a b\n',
  },
  {
    title: 'a Python package is started by its __main__',
    language: 'python',
    files: {'tool/__init__.py': 'x = 1', 'tool/__main__.py': 'from . import x\nprint(x)'},
    options: {entry: 'tool/__main__.py'},
    stdout: '1\n',
  },
  {
    title: 'a Python file in a folder finds its neighbours',
    language: 'python',
    files: {'src/run.py': 'import util\nprint(util.x)', 'src/util.py': 'x = 3'},
    options: {entry: 'src/run.py'},
    stdout: '3\n',
  },
  {
    title: 'row 3: a Python traceback ends with exit code 1 and is placed',
    language: 'python',
    files: {'main.py': 'import util\nutil.f(0)', 'util.py': 'def f(x):\n    return 1 / x'},
    exitCode: 1,
    diagnostics: [{file: 'util.py', line: 2, severity: 'error'}],
  },
  {
    title: 'a Python syntax error is placed',
    language: 'python',
    files: 'def f():\n    x = (1 +\n',
    exitCode: 1,
    diagnostics: [{file: 'main.py', line: 2, column: 9, severity: 'error'}],
  },
  {
    title: 'row 6: JavaScript mixes ES modules and CommonJS and awaits at the top level',
    language: 'javascript',
    files: {
      'main.js':
        'import {one} from "./one.mjs"; import two from "./two.cjs"; console.log(one(), two, await 3)',
      'one.mjs': 'export const one = () => 1',
      'two.cjs': 'module.exports = 2',
    },
    stdout: '1 2 3\n',
  },
  {
    title: 'row 6: a JavaScript package is honoured, and a worker thread runs',
    language: 'javascript',
    files: {
      'package.json': '{"type": "module", "imports": {"#u": "./src/u.js"}}',
      'src/index.js':
        'import {x} from "#u";\nimport {Worker} from "node:worker_threads";\nconsole.log(x);\nnew Worker("console.log(1 + 1)", {eval: true});',
      'src/u.js': 'export const x = 1',
    },
    options: {entry: 'src/index.js'},
    stdout: '1\n2\n',
  },
  {
    title: 'an uncaught JavaScript error is placed',
    language: 'javascript',
    files: 'function f(x) {\n  return x.y.z;\n}\nf({});',
    exitCode: 1,
    diagnostics: [{file: 'main.js', line: 2, column: 14, severity: 'error'}],
  },
  {
    title: 'a TypeScript type error is a compile error',
    language: 'typescript',
    files: 'const a: number = "x";\nconsole.log(a);\n',
    failsToCompile: true,
    diagnostics: [{file: 'main.ts', line: 1, column: 7, severity: 'error'}],
  },
  {
    title: 'TypeScript finds modules, folders, JavaScript and JSON, with or without extension',
    language: 'typescript',
    files: {
      'main.ts':
        'import {u} from "./lib/u";\nimport g from "./g.js";\nimport * as h from "./h.ts";\nimport d from "./d.json";\nimport {i} from "./lib";\nconsole.log(u(), g, h.x, d.k, i, await Promise.resolve(6));',
      'lib/u.ts': 'export const u = (): number => 1;',
      'lib/index.ts': 'export const i = 5;',
      'g.js': 'export default 2;',
      'h.ts': 'export const x = 3;',
      'd.json': '{"k": 4}',
    },
    stdout: '1 2 3 4 5 6\n',
  },
  {
    title: 'TypeScript has enums, namespaces, decorators and require',
    language: 'typescript',
    files:
      'const {sep} = require("node:path");\nenum Color {Red, Green}\nnamespace N { export const x = 1; }\nfunction logged<T>(value: T, {name}: ClassMethodDecoratorContext): T { console.log(name); return value; }\nclass A { @logged m() { return N.x + Color.Green; } }\nconst name = "no clash";\nconsole.log(new A().m(), sep, name);',
    stdout: 'm\n2 / no clash\n',
  },
  {
    title: "a user's tsconfig.json is honoured",
    language: 'typescript',
    files: {
      'tsconfig.json':
        '{"compilerOptions": {"target": "es2022", "module": "commonjs", "strict": false, "experimentalDecorators": true, "noEmit": true}}',
      'src/main.ts':
        'import {f} from "./u";\nfunction d(target: any, key: string) { console.log(key); }\nclass A { @d m(a) { return a + f; } }\nconsole.log(new A().m(1));',
      'src/u.ts': 'export const f = 1;',
    },
    options: {entry: 'src/main.ts'},
    stdout: 'm\n2\n',
  },
  {
    title: 'an error in running TypeScript names the TypeScript line',
    language: 'typescript',
    files: 'interface P { q?: {r: number} }\n\nfunction f(p: P): number {\n  return p.q!.r;\n}\nf({});\n',
    exitCode: 1,
    diagnostics: [{file: 'main.ts', line: 4, column: 15, severity: 'error'}],
  },
  {
    title: 'row 5: Java packages with several files, and threads',
    language: 'java',
    files: {
      'src/com/x/App.java':
        'package com.x;\nimport com.x.util.U;\npublic class App { public static void main(String[] a) throws Exception { Thread[] t = new Thread[8]; for (int i = 0; i < 8; i++) { t[i] = new Thread(U::count); t[i].start(); } for (Thread x : t) x.join(); System.out.println(U.n.get() + a[0]); } }',
      'src/com/x/util/U.java':
        'package com.x.util;\nimport java.util.concurrent.atomic.AtomicInteger;\npublic class U { public static AtomicInteger n = new AtomicInteger(); public static void count() { n.incrementAndGet(); } }',
    },
    options: {args: ['é']},
    stdout: '8é\n',
  },
  {
    title: 'a single Java source may have any public class and package',
    language: 'java',
    files:
      'package a.b;\n/* class X { */\npublic class Foo { String s = "}"; public static void main(String... a) { System.out.println(Foo.class.getName()); } }',
    stdout: 'a.b.Foo\n',
  },
  {
    title: 'a Java main in a class that is not named as any file is found, and resources beside the sources',
    language: 'java',
    files: {
      'Util.java': 'class Util { static int f() { return 4; } }',
      'Start.java':
        'class Helper {}\nclass Go { public static void main(String[] a) throws Exception { System.out.print(Util.f() + new String(Go.class.getResourceAsStream("/data.txt").readAllBytes())); } }',
      'data.txt': ' data\n',
    },
    stdout: '4 data\n',
  },
  {
    title: 'a Java error is a compile error with its place',
    language: 'java',
    files: 'public class Main {\n  public static void main(String[] a) {\n    int x = "s";\n  }\n}',
    failsToCompile: true,
    diagnostics: [{file: 'Main.java', line: 3, column: 13, severity: 'error'}],
  },
  {
    title: 'an uncaught Java exception is placed',
    language: 'java',
    files:
      'package p;\npublic class Main {\n  static void f(int[] a) { a[5] = 1; }\n  public static void main(String[] a) {\n    f(new int[1]);\n  }\n}',
    exitCode: 1,
    diagnostics: [{file: 'Main.java', line: 3, severity: 'error'}],
  },
  {
    title: 'row 7: Go files and packages in folders, without a go.mod, with goroutines',
    language: 'go',
    files: {
      'main.go':
        'package main\nimport ("fmt"; "main/util")\nfunc main() { c := make(chan int); go func() { c <- util.F() }(); fmt.Println(<-c, h()) }',
      'h.go': 'package main\nfunc h() int { return 2 }',
      'util/u.go': 'package util\nfunc F() int { return 1 }',
    },
    stdout: '1 2\n',
  },
  {
    title: "a Go module of the user's is built from the entry's folder",
    language: 'go',
    files: {
      'project/go.mod': 'module example.com/x\n\ngo 1.18\n',
      'project/cmd/app/main.go':
        'package main\nimport ("fmt"; "example.com/x/util")\nfunc main() { fmt.Println(util.F()) }',
      'project/util/u.go': 'package util\nfunc F() int { return 1 }',
    },
    options: {entry: 'project/cmd/app/main.go'},
    stdout: '1\n',
  },
  {
    title: 'a Go module from the network is refused at once',
    language: 'go',
    files: 'package main\nimport "github.com/pkg/errors"\nfunc main() { errors.New("x") }',
    failsToCompile: true,
    diagnostics: [{file: 'main.go', line: 2, column: 8, severity: 'error'}],
  },
  {
    title: 'a Go panic is placed',
    language: 'go',
    files: 'package main\nfunc f(a []int, i int) { a[i] = 1 }\nfunc main() {\n  f(nil, 3)\n}',
    exitCode: 2,
    diagnostics: [{file: 'main.go', line: 2, severity: 'error'}],
  },
  {
    title: 'row 8: Rust modules in files and folders',
    language: 'rust',
    files: {
      'main.rs':
        'mod util;\nfn main() { let t = std::thread::spawn(|| util::deep::five()); println!("{}", t.join().unwrap()); }',
      'util/mod.rs': 'pub mod deep;',
      'util/deep.rs': 'pub fn five() -> i32 { 5 }',
    },
    stdout: '5\n',
  },
  {
    title: 'a Rust error is a compile error with its place',
    language: 'rust',
    files: 'fn main() {\n  println!("{}", nope);\n}',
    failsToCompile: true,
    diagnostics: [{file: 'main.rs', line: 2, column: 18, severity: 'error'}],
  },
  {
    title: 'a Rust panic is placed',
    language: 'rust',
    files: 'fn main() {\n  let v: Vec<i32> = vec![];\n  println!("{}", v[std::env::args().count()]);\n}',
    exitCode: 101,
    diagnostics: [{file: 'main.rs', line: 3, column: 18, severity: 'error'}],
  },
  {
    title: 'Ruby requires relative files, lib and the working directory',
    language: 'ruby',
    files: {
      'main.rb': 'require_relative "inc/a"\nrequire "b"\nrequire "c"\nputs A + B + C, ARGV',
      'inc/a.rb': 'A = 1',
      'b.rb': 'B = 2',
      'lib/c.rb': 'C = 3',
    },
    options: {args: ['-x']},
    stdout: '6\n-x\n',
  },
  {
    title: 'PHP includes files, takes arguments with dashes and reports errors on stderr',
    language: 'php',
    files: {
      'main.php': '<?php include "inc/a.php"; echo f(), $argv[1], "\n"; nope();',
      'inc/a.php': '<?php function f() { return 1; }',
    },
    options: {args: ['--help']},
    stdout: '1--help\n',
    exitCode: 255,
  },
  {
    title: 'Perl uses modules of lib and of the working directory',
    language: 'perl',
    files: {
      'main.pl': 'use strict; use A::B; use C; print A::B::f() + C::g(), "@ARGV\\n";',
      'lib/A/B.pm': 'package A::B; sub f { 3 } 1;',
      'C.pm': 'package C; sub g { 4 } 1;',
    },
    options: {args: ['-x']},
    stdout: '7-x\n',
  },
  {
    title: 'Lua requires modules beside the entry and from the working directory',
    language: 'lua',
    files: {
      'src/main.lua': 'local u = require("u"); local v = require("lib.v"); print(u.f() + v, ...)',
      'src/u.lua': 'return {f = function() return 1 end}',
      'lib/v.lua': 'return 2',
    },
    options: {entry: 'src/main.lua', args: ['-x']},
    stdout: '3\t-x\n',
  },
  {
    title: 'Bash sources files and keeps arguments apart',
    language: 'bash',
    files: {'main.sh': 'source ./a.sh; f "$@"; exit 3', 'a.sh': 'f() { echo "$1|$2"; }'},
    options: {args: ['a b', '$HOME']},
    stdout: 'a b|$HOME\n',
    exitCode: 3,
  },
  {
    title: 'SQL runs in order and stops at the first error',
    language: 'sql',
    files:
      'create table t(a);\ninsert into t values (1), (2);\nselect sum(a) from t;\nselect x from t;\nselect 1;',
    stdout: '3\n',
    exitCode: 1,
  },
  {
    title: 'a SQL script may open a file of the user, with an odd name',
    language: 'sql',
    files: {
      '|a "b" \\n.sql': '.open data.db\ncreate table t(a);\ninsert into t values (7);\nselect a from t;',
    },
    stdout: '7\n',
  },
];
