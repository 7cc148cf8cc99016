import type {DifferentialSet} from '../program.ts';

const ts = String.raw;

export const TYPESCRIPT: DifferentialSet = {
  language: 'typescript',
  programs: [
    {
      title: 'argv and file names',
      code: ts`console.log(process.argv, __filename, process.execArgv)`,
      args: ['a'],
    },
    {
      title: 'an uncaught error names TypeScript lines',
      code: ts`interface A { x: number }

function f(a: A): never {
  throw new Error('at ' + a.x);
}
f({x: 1});
`,
    },
    {title: 'a type error', code: ts`const x: number = 'text';`},
    {title: 'a syntax error', code: ts`const x: = 1;`},
    {
      title: 'enums and namespaces',
      code: ts`enum E { A = 1, B } namespace N { export const x = E.B } console.log(E, N.x)`,
    },
    {
      title: 'decorators of the standard',
      code: ts`function d(v: unknown, c: ClassMethodDecoratorContext) { console.log(String(c.name)); } class A { @d m() {} } new A().m()`,
    },
    {
      title: 'modules beside it',
      code: {
        'main.ts': 'import {x} from "./x"; import d from "./d.json"; console.log(x, d, import.meta.url)',
        'x.ts': 'export const x: number = 1',
        'd.json': '{"a": 1}',
      },
    },
    {
      title: 'an error in a module',
      code: {
        'main.ts': 'import {f} from "./x"; f()',
        'x.ts': '\n\nexport function f(): void {\n  JSON.parse("{");\n}\n',
      },
    },
    {
      title: 'CommonJS by its ending',
      entry: 'main.cts',
      code: {
        'main.cts':
          'import fs = require("node:fs"); console.log(typeof fs, require.main === module, __filename)',
      },
    },
    {
      title: 'top-level await',
      code: ts`import {setTimeout} from 'node:timers/promises'; console.log(await setTimeout(1, 'x')); export {}`,
    },
    {
      title: 'an unhandled rejection',
      code: ts`async function f(): Promise<void> {
  throw new RangeError('async');
}
f();
`,
    },
    {
      title: 'using',
      code: ts`{ using x = {[Symbol.dispose]() { console.log('disposed') }}; console.log('in', typeof x) }`,
    },
  ],
};
