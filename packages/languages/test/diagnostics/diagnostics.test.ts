import type {Diagnostic} from '@sandglass/protocol';
import {describe, expect, test} from 'vitest';
import {diagnoseC} from '../../src/diagnostics/c.ts';
import {diagnoseGo} from '../../src/diagnostics/go.ts';
import {diagnoseJava} from '../../src/diagnostics/java.ts';
import {diagnoseJavaScript} from '../../src/diagnostics/javascript.ts';
import {diagnosePython} from '../../src/diagnostics/python.ts';
import {diagnoseRust} from '../../src/diagnostics/rust.ts';
import {diagnoseTypeScript} from '../../src/diagnostics/typescript.ts';
import type {Diagnose} from '../../src/recipe.ts';
import {sourceFiles} from '../support/source-files.ts';

interface Case {
  readonly title: string;
  readonly diagnose: Diagnose;
  readonly stage: 'compile' | 'run';
  readonly files: Readonly<Record<string, string>>;
  /** As the tool printed it. */
  readonly text: string;
  readonly expected: readonly Diagnostic[];
}

const CASES: readonly Case[] = [
  {
    title: 'GCC errors, warnings and notes keep their column and severity',
    diagnose: diagnoseC,
    stage: 'compile',
    files: {'main.c': '', 'lib/util.h': ''},
    text: `In file included from main.c:1:
lib/util.h:3:1: warning: return type defaults to 'int' [-Wimplicit-int]
main.c: In function 'main':
main.c:2:9: error: 'x' undeclared (first use in this function)
    2 |  return x;
      |         ^
main.c:2:9: note: each undeclared identifier is reported only once
/usr/include/stdio.h:27:10: note: not the user's file
`,
    expected: [
      {
        file: 'lib/util.h',
        line: 3,
        column: 1,
        severity: 'warning',
        message: "return type defaults to 'int' [-Wimplicit-int]",
      },
      {
        file: 'main.c',
        line: 2,
        column: 9,
        severity: 'error',
        message: "'x' undeclared (first use in this function)",
      },
      {
        file: 'main.c',
        line: 2,
        column: 9,
        severity: 'note',
        message: 'each undeclared identifier is reported only once',
      },
    ],
  },
  {
    title: 'a fatal error of Clang counts as an error',
    diagnose: diagnoseC,
    stage: 'compile',
    files: {'main.cpp': ''},
    text: 'main.cpp:1:10: fatal error: \'missing.h\' file not found\n#include "missing.h"\n         ^~~~~~~~~~~\n1 error generated.\n',
    expected: [
      {file: 'main.cpp', line: 1, column: 10, severity: 'error', message: "'missing.h' file not found"},
    ],
  },
  {
    title: 'a failed C assertion is placed',
    diagnose: diagnoseC,
    stage: 'run',
    files: {'main.c': ''},
    text: "program: main.c:3: main: Assertion `n > 0' failed.\n",
    expected: [{file: 'main.c', line: 3, severity: 'error', message: "main: Assertion `n > 0' failed."}],
  },
  {
    title: 'a Python traceback gives its innermost user frame, not the library frame below it',
    diagnose: diagnosePython,
    stage: 'run',
    files: {'main.py': '', 'util.py': ''},
    text: `Traceback (most recent call last):
  File "/work/main.py", line 4, in <module>
    g()
  File "/work/util.py", line 2, in g
    return json.loads("{")
           ^^^^^^^^^^^^^^^
  File "/usr/lib/python3.11/json/__init__.py", line 346, in loads
    return _default_decoder.decode(s)
           ^^^^^^^^^^^^^^^^^^^^^^^^^^
json.decoder.JSONDecodeError: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)
`,
    expected: [
      {
        file: 'util.py',
        line: 2,
        severity: 'error',
        message:
          'json.decoder.JSONDecodeError: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)',
      },
    ],
  },
  {
    title: 'a Python syntax error has the column of the source, indentation included',
    diagnose: diagnosePython,
    stage: 'run',
    files: {'main.py': 'def f():\n    x = (1 +\n'},
    text: '  File "/work/main.py", line 2\n    x = (1 +\n        ^\nSyntaxError: \'(\' was never closed\n',
    expected: [
      {
        file: 'main.py',
        line: 2,
        column: 9,
        severity: 'error',
        message: "SyntaxError: '(' was never closed",
      },
    ],
  },
  {
    title: 'a Python warning is a warning',
    diagnose: diagnosePython,
    stage: 'run',
    files: {'main.py': ''},
    text: '/work/main.py:1: SyntaxWarning: "is" with a literal. Did you mean "=="?\n  print(1 is 1)\n',
    expected: [
      {
        file: 'main.py',
        line: 1,
        severity: 'warning',
        message: 'SyntaxWarning: "is" with a literal. Did you mean "=="?',
      },
    ],
  },
  {
    title: 'javac errors take their column from the caret, also when details stand between',
    diagnose: diagnoseJava,
    stage: 'compile',
    files: {'src/a/Main.java': ''},
    text: `src/a/Main.java:3: error: cannot find symbol
    nope();
    ^
  symbol:   method nope()
  location: class Main
src/a/Main.java:5: warning: [removal] old() in Main has been deprecated and marked for removal
    old();
    ^
2 errors
`,
    expected: [
      {file: 'src/a/Main.java', line: 3, column: 5, severity: 'error', message: 'cannot find symbol'},
      {
        file: 'src/a/Main.java',
        line: 5,
        column: 5,
        severity: 'warning',
        message: '[removal] old() in Main has been deprecated and marked for removal',
      },
    ],
  },
  {
    title: 'a Java stack trace finds the file of the right package and follows causes',
    diagnose: diagnoseJava,
    stage: 'run',
    files: {'src/a/Util.java': '', 'src/b/Util.java': '', 'src/Main.java': ''},
    text: `Exception in thread "main" java.lang.IllegalStateException: wrapped
\tat java.base/java.util.Objects.requireNonNull(Objects.java:233)
\tat b.Util.lambda$f$0(Util.java:7)
\tat Main.main(Main.java:3)
Caused by: java.lang.NullPointerException
\tat a.Util$Inner.<init>(Util.java:9)
\t... 2 more
`,
    expected: [
      {
        file: 'src/b/Util.java',
        line: 7,
        severity: 'error',
        message: 'java.lang.IllegalStateException: wrapped',
      },
      {file: 'src/a/Util.java', line: 9, severity: 'error', message: 'java.lang.NullPointerException'},
    ],
  },
  {
    title: 'an uncaught JavaScript error is placed by its first user frame',
    diagnose: diagnoseJavaScript,
    stage: 'run',
    files: {'main.js': '', 'lib/util.mjs': ''},
    text: `node:internal/url:825
      href = bindingUrl.parse(input, base, true);
             ^

TypeError: Invalid URL
    at new URL (node:internal/url:825:25)
    at parse (file:///work/lib/util.mjs:4:10)
    at Object.<anonymous> (/work/main.js:9:1) {
  code: 'ERR_INVALID_URL'
}

Node.js v24.21.0
`,
    expected: [
      {file: 'lib/util.mjs', line: 4, column: 10, severity: 'error', message: 'TypeError: Invalid URL'},
    ],
  },
  {
    title: 'a JavaScript syntax error is placed by its caret',
    diagnose: diagnoseJavaScript,
    stage: 'run',
    files: {'main.js': ''},
    text: `/work/main.js:2
  let b = ;
          ^

SyntaxError: Unexpected token ';'
    at wrapSafe (node:internal/modules/cjs/loader:1861:18)
`,
    expected: [
      {
        file: 'main.js',
        line: 2,
        column: 11,
        severity: 'error',
        message: "SyntaxError: Unexpected token ';'",
      },
    ],
  },
  {
    title: 'an error that a JavaScript program only logs is no diagnostic',
    diagnose: diagnoseJavaScript,
    stage: 'run',
    files: {'main.js': ''},
    text: 'TypeError: handled\n    at f (/work/main.js:2:14)\n',
    expected: [],
  },
  {
    title: 'TypeScript errors keep their number',
    diagnose: diagnoseTypeScript,
    stage: 'compile',
    files: {'src/main.ts': ''},
    text: "src/main.ts(1,7): error TS2322: Type 'string' is not assignable to type 'number'.\n",
    expected: [
      {
        file: 'src/main.ts',
        line: 1,
        column: 7,
        severity: 'error',
        message: "TS2322: Type 'string' is not assignable to type 'number'.",
      },
    ],
  },
  {
    title: 'Go errors of the root and of packages are placed',
    diagnose: diagnoseGo,
    stage: 'compile',
    files: {'main.go': '', 'util/u.go': ''},
    text: '# main/util\nutil/u.go:3:2: undefined: z\n# main\n./main.go:5:2: undefined: x\n\ttoo many errors\n',
    expected: [
      {file: 'util/u.go', line: 3, column: 2, severity: 'error', message: 'undefined: z'},
      {file: 'main.go', line: 5, column: 2, severity: 'error', message: 'undefined: x'},
    ],
  },
  {
    title: 'Go errors are placed in a module below the working directory',
    diagnose: diagnoseGo,
    stage: 'compile',
    files: {'project/cmd/main.go': '', 'project/go.mod': ''},
    text: '# example.com/x/cmd\ncmd/main.go:5:2: undefined: x\n',
    expected: [{file: 'project/cmd/main.go', line: 5, column: 2, severity: 'error', message: 'undefined: x'}],
  },
  {
    title: 'a Go panic is placed by its innermost user frame',
    diagnose: diagnoseGo,
    stage: 'run',
    files: {'main.go': ''},
    text: `panic: runtime error: index out of range [3] with length 0

goroutine 1 [running]:
strings.Repeat(...)
\t/usr/lib/go-1.19/src/strings/strings.go:560 +0x1a
main.f(...)
\t/work/main.go:2
main.main()
\t/work/main.go:4 +0x1a
exit status 2
`,
    expected: [
      {
        file: 'main.go',
        line: 2,
        severity: 'error',
        message: 'panic: runtime error: index out of range [3] with length 0',
      },
    ],
  },
  {
    title: 'rustc messages keep their code and only their first place',
    diagnose: diagnoseRust,
    stage: 'compile',
    files: {'main.rs': ''},
    text: `warning: unused variable: \`a\`
 --> main.rs:2:7
  |
error[E0382]: borrow of moved value: \`v\`
  --> main.rs:12:20
   |
note: consider changing this parameter type
  --> main.rs:1:9
error: aborting due to previous error; 1 warning emitted
`,
    expected: [
      {file: 'main.rs', line: 2, column: 7, severity: 'warning', message: 'unused variable: `a`'},
      {
        file: 'main.rs',
        line: 12,
        column: 20,
        severity: 'error',
        message: 'E0382: borrow of moved value: `v`',
      },
    ],
  },
  {
    title: 'Rust panics are placed in the form before 1.73 and in the one since',
    diagnose: diagnoseRust,
    stage: 'run',
    files: {'main.rs': ''},
    text: `thread 'main' panicked at 'it's over', main.rs:2:5
thread 'worker' panicked at main.rs:3:9:
explicit panic
`,
    expected: [
      {file: 'main.rs', line: 2, column: 5, severity: 'error', message: "panicked: it's over"},
      {file: 'main.rs', line: 3, column: 9, severity: 'error', message: 'panicked: explicit panic'},
    ],
  },
];

describe('Diagnostics from recorded messages', () => {
  test.each(CASES)('$title', ({diagnose, stage, files, text, expected}) => {
    const context = {files: sourceFiles(files), entry: Object.keys(files)[0] ?? ''};
    expect(diagnose(text, stage, context)).toEqual(expected);
  });
});
