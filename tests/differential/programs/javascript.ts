import type {DifferentialSet} from '../program.ts';

const js = String.raw;

export const JAVASCRIPT: DifferentialSet = {
  language: 'javascript',
  programs: [
    {
      title: 'process.argv',
      code: js`console.log(process.argv, process.argv0, process.execArgv, process.title)`,
      args: ['a', '--b', ''],
    },
    {title: 'the executable', code: js`console.log(process.execPath, process.version, process.release.name)`},
    {
      title: 'require.main and module',
      code: js`console.log(require.main === module, module.id, module.filename, module.loaded, module.children, module.paths, module.parent, __filename, __dirname)`,
    },
    {
      title: 'the module cache',
      code: js`console.log(Object.keys(require.cache), module.constructor._pathCache)`,
    },
    {
      title: 'arguments of the wrapper',
      code: js`console.log(arguments.length, [...arguments].map((a) => typeof a), this === module.exports, exports === this)`,
    },
    {
      title: 'modules beside it',
      code: {
        'main.js':
          'const a = require("./a"); console.log(a, require("./data.json"), Object.keys(require.cache), require("./a") === a, module.children.length)',
        'a.js': 'exports.x = module.parent.filename; exports.main = require.main.filename',
        'data.json': '{"k": [1]}',
      },
    },
    {
      title: 'a cycle of modules',
      code: {
        'main.js': 'console.log(require("./a"))',
        'a.js': 'exports.early = 1; exports.b = require("./b"); exports.late = 2',
        'b.js': 'module.exports = {...require("./a")}',
      },
    },
    {title: 'a missing module', code: js`require('./nothing')`},
    {title: 'a missing package', code: js`require('left-pad')`},
    {
      title: 'an ES module by its ending',
      entry: 'main.mjs',
      code: {
        'main.mjs':
          'import fs, {readFileSync} from "node:fs"; import {x} from "./x.mjs"; console.log(import.meta.url, import.meta.filename, import.meta.dirname, import.meta.resolve("./x.mjs"), import.meta.main, x, fs.readFileSync === readFileSync, typeof require, this)',
        'x.mjs': 'export const x = import.meta.url',
      },
    },
    {
      title: 'an ES module by its syntax',
      code: js`import {basename} from 'node:path'; console.log(basename(import.meta.url), typeof module)`,
    },
    {
      title: 'an ES module by package.json',
      code: {
        'main.js': 'import x from "./x.cjs"; console.log(x, import.meta.url)',
        'x.cjs': 'module.exports = [__filename, require.main]',
        'package.json': '{"type": "module"}',
      },
    },
    {
      title: 'top-level await',
      entry: 'main.mjs',
      code: {'main.mjs': 'console.log(await new Promise((r) => setTimeout(r, 5, "later")))'},
    },
    {
      title: 'top-level await that never ends',
      entry: 'main.mjs',
      code: {'main.mjs': 'console.log(1); await new Promise(() => {})'},
    },
    {
      title: 'import() from CommonJS',
      code: {
        'main.js': 'import("./x.mjs").then(console.log)',
        'x.mjs': 'export default 1; export const y = 2',
      },
    },
    {
      title: 'an import that is not there',
      entry: 'main.mjs',
      code: {'main.mjs': 'import {nothing} from "./x.mjs"', 'x.mjs': 'export const x = 1'},
    },
    {title: 'an import of no file', entry: 'main.mjs', code: {'main.mjs': 'import "./nowhere.mjs"'}},
    {
      title: 'require of an ES module',
      code: {'main.js': 'console.log(require("./x.mjs"))', 'x.mjs': 'export const x = 1'},
    },
    {
      title: 'createRequire',
      entry: 'main.mjs',
      code: {
        'main.mjs':
          'import {createRequire} from "node:module"; const r = createRequire(import.meta.url); console.log(r("./x.cjs"), r.main)',
        'x.cjs': 'module.exports = module.parent',
      },
    },
    {
      title: 'an import attribute',
      entry: 'main.mjs',
      code: {
        'main.mjs': 'import d from "./d.json" with {type: "json"}; console.log(d)',
        'd.json': '{"a": 1}',
      },
    },
    {
      title: 'a package in node_modules',
      code: {
        'main.js': 'console.log(require("p"), require("p/sub"))',
        'node_modules/p/package.json': '{"exports": {".": "./i.js", "./sub": "./s.js"}}',
        'node_modules/p/i.js': 'module.exports = __filename',
        'node_modules/p/s.js': 'module.exports = __filename',
      },
    },
    {
      title: 'TypeScript by its ending',
      entry: 'main.ts',
      code: {'main.ts': 'const x: number = 1; console.log(x, __filename);'},
    },
    {
      title: 'an uncaught error',
      code: js`function f() { throw new TypeError('deep'); }
setTimeout(() => console.log('never'), 10);
f();
`,
    },
    {title: 'an uncaught value', code: js`throw {some: 'object'}`},
    {title: 'an uncaught null', code: js`throw null`},
    {
      title: 'an error with cause and fields',
      code: js`const e = new Error('outer', {cause: new RangeError('inner')}); e.code = 'E_X'; throw e`,
    },
    {title: 'an error in a timer', code: js`setTimeout(() => { throw new Error('later') }, 1)`},
    {title: 'an error in a module', code: {'main.js': 'require("./bad")', 'bad.js': '\n\nnull.x\n'}},
    {title: 'a syntax error', code: 'let x = ;\n'},
    {title: 'a syntax error in a module', code: {'main.js': 'require("./bad")', 'bad.js': 'function ( {\n'}},
    {title: 'an unhandled rejection', code: js`Promise.reject(new Error('nobody'))`},
    {title: 'an unhandled rejection of a value', code: js`Promise.reject(7)`},
    {
      title: 'an unhandled rejection in an ES module',
      entry: 'main.mjs',
      code: {'main.mjs': 'setTimeout(() => console.log("never"), 5); Promise.reject(new Error("x"))'},
    },
    {
      title: 'a rejection handled late',
      code: js`const p = Promise.reject(1); process.on('unhandledRejection', (r) => console.log('un', r)); process.on('rejectionHandled', () => console.log('handled')); setTimeout(() => p.catch(() => {}), 5)`,
    },
    {
      title: 'stack traces',
      code: js`console.log(new Error('s').stack); (function named() { console.trace('here'); })()`,
    },
    {
      title: 'the stack in an ES module',
      entry: 'main.mjs',
      code: {'main.mjs': 'console.log(new Error("s").stack); await 1; console.log(new Error("after").stack)'},
    },
    {
      title: 'prepareStackTrace',
      code: js`console.log(typeof Error.prepareStackTrace, Error.stackTraceLimit); Error.prepareStackTrace = (e, f) => f.map((s) => s.getFileName() + ':' + s.getLineNumber()); console.log(new Error().stack)`,
    },
    {
      title: 'deep recursion',
      code: js`function f() { return 1 + f(); } try { f() } catch (e) { console.log(e.name, e.message) } f()`,
    },
    {
      title: 'the depth of recursion',
      code: js`let n = 0; function f() { n++; f(); } try { f() } catch { console.log(n > 5000) }`,
    },
    {title: 'exit codes', code: js`process.exit(42)`},
    {
      title: 'process.exitCode',
      code: js`process.exitCode = 9; process.on('exit', (c) => console.log('exit', c))`,
    },
    {
      title: 'exit handlers',
      code: js`process.on('exit', (c) => { console.log('exit', c); process.exitCode = 5 }); process.on('beforeExit', () => console.log('before'))`,
    },
    {
      title: 'exit in the middle of output',
      code: js`for (let i = 0; i < 3000; i++) console.log('line', i); process.exit(1)`,
    },
    {title: 'process.abort', code: js`process.abort()`},
    {title: 'SIGKILL to itself', code: js`process.kill(process.pid, 'SIGKILL'); setTimeout(() => {}, 5000)`},
    {
      title: 'SIGTERM to itself',
      code: js`process.kill(process.pid, 'SIGTERM'); setTimeout(() => console.log('no'), 5000)`,
    },
    {
      title: 'a handled signal',
      code: js`process.on('SIGUSR2', (s, n) => { console.log(s, n); clearInterval(t) }); const t = setInterval(() => {}, 1000); process.kill(process.pid, 'SIGUSR2')`,
    },
    {
      title: 'listeners that were there',
      code: js`console.log(process.eventNames(), process.listenerCount('exit'), process.stdout.eventNames(), process.getActiveResourcesInfo())`,
    },
    {title: 'globals', code: js`console.log(Object.getOwnPropertyNames(globalThis).sort().join())`},
    {
      title: 'built-in modules that are loaded',
      code: js`console.log(process.moduleLoadList.filter((m) => !m.includes('Internal')).sort().join('\n'))`,
    },
    {title: 'keys of process', code: js`console.log(Object.keys(process).sort().join(), process.features)`},
    {
      title: 'its environment',
      code: js`console.log(Object.entries(process.env).sort()); console.log(require('fs').readFileSync('/proc/self/environ', 'utf8').split('\0').sort())`,
      env: {MINE: 'x y', NODE_ENV: 'test'},
    },
    {
      title: 'NODE_OPTIONS',
      env: {NODE_OPTIONS: '--stack-trace-limit=1 --no-warnings'},
      code: js`console.log(Error.stackTraceLimit, process.execArgv); process.emitWarning('x')`,
    },
    {
      title: 'NODE_PATH',
      env: {NODE_PATH: '/work/lib'},
      code: {'main.js': 'console.log(require("inner"))', 'lib/inner.js': 'module.exports = 1'},
    },
    {title: 'its working directory', code: js`console.log(process.cwd(), require('fs').readdirSync('.'))`},
    {
      title: 'open descriptors of a child',
      code: js`console.log(require('child_process').execSync('ls /proc/self/fd').toString())`,
    },
    {
      title: 'its standard streams',
      code: js`const fs = require('fs'); for (const n of [0, 1, 2]) { const s = fs.fstatSync(n); console.log(n, s.isFIFO(), s.isSocket(), s.isCharacterDevice(), require('tty').isatty(n)) } console.log(process.stdout.constructor.name, process.stdin.constructor.name, process.stdout._type, process.stdout.writableHighWaterMark, process.stdout.columns)`,
    },
    {
      title: 'its command line',
      code: js`console.log(require('fs').readFileSync('/proc/self/cmdline', 'utf8').split('\0').slice(1), require('fs').readFileSync('/proc/self/comm', 'utf8'))`,
    },
    {
      title: 'libraries in its memory map',
      code: js`console.log([...new Set(require('fs').readFileSync('/proc/self/maps', 'utf8').split('\n').map((l) => l.split(' ').at(-1)).filter((n) => n.includes('.so')))].sort())`,
    },
    {
      title: 'stdin by lines',
      code: js`require('readline').createInterface({input: process.stdin}).on('line', (l) => console.log(JSON.stringify(l))).on('close', () => console.log('end'))`,
      stdin: 'a\r\nb\nc',
    },
    {
      title: 'stdin by for await',
      entry: 'main.mjs',
      code: {'main.mjs': 'let n = 0; for await (const c of process.stdin) n += c.length; console.log(n)'},
      stdin: 'x'.repeat(100_000),
    },
    {
      title: 'stdin in one piece',
      code: js`console.log(require('fs').readFileSync(0, 'utf8').length)`,
      stdin: 'é'.repeat(70_000),
    },
    {
      title: '/dev/stdin',
      code: js`console.log(require('fs').readFileSync('/dev/stdin', 'utf8'))`,
      stdin: 'by name',
    },
    {
      title: 'stdin events',
      code: js`process.stdin.setEncoding('utf8'); process.stdin.on('data', (d) => console.log(d)).on('end', () => console.log('end')).on('close', () => console.log('close'))`,
      stdin: 'ü',
    },
    {title: 'no stdin', code: js`process.stdin.resume().on('end', () => console.log('end'))`},
    {title: 'stdin left alone', code: js`console.log('done')`, stdin: 'unread'},
    {title: 'half a megabyte of output', code: js`for (let i = 0; i < 60000; i++) console.log(i)`},
    {
      title: 'one large write',
      code: js`process.stdout.write('x'.repeat(500000), () => console.error('written'))`,
    },
    {
      title: 'both streams',
      code: js`for (let i = 0; i < 500; i++) { console.log('o' + i); console.error('e' + i) }`,
    },
    {
      title: 'writes to descriptors',
      code: js`const fs = require('fs'); fs.writeSync(1, 'a\n'); console.log('b'); fs.writeSync(1, 'c\n')`,
    },
    {title: 'bytes', code: js`process.stdout.write(Buffer.from([0, 1, 2, 127, 10]))`},
    {
      title: 'console and its groups',
      code: js`console.group('g'); console.table([{a: 1}]); console.dir({a: {b: {c: {d: 1}}}}); console.groupEnd(); console.assert(false, 'no'); console.count(); console.log('%s %d %j %o', 'a', 1, {b: 2}, [3])`,
    },
    {title: 'colours', code: js`console.log({a: 'x'}, process.stdout.isTTY, process.stdout.hasColors?.())`},
    {
      title: 'the order of ticks',
      code: js`setImmediate(() => { console.log('immediate'); setTimeout(() => console.log('timeout'), 0) }); process.nextTick(() => console.log('tick')); Promise.resolve().then(() => console.log('promise')); queueMicrotask(() => console.log('micro')); console.log('main')`,
    },
    {
      title: 'the order of ticks in an ES module',
      entry: 'main.mjs',
      code: {
        'main.mjs':
          'process.nextTick(() => console.log("tick")); Promise.resolve().then(() => console.log("promise")); console.log("main")',
      },
    },
    {
      title: 'deprecations and warnings',
      code: js`process.emitWarning('careful', {code: 'W1', detail: 'more'}); new Buffer(1); require('punycode')`,
    },
    {title: 'an experimental feature', code: js`require('node:sqlite'); console.log(1)`},
    {
      title: 'a worker thread',
      code: js`const {Worker, isMainThread, threadId} = require('worker_threads'); if (isMainThread) { console.log(threadId); new Worker(__filename, {argv: ['w']}).on('exit', (c) => console.log('exit', c)) } else { console.log(threadId, process.argv, require.main === module); process.exit(3) }`,
    },
    {
      title: 'an error in a worker',
      code: js`const {Worker} = require('worker_threads'); new Worker('throw new Error("in worker")', {eval: true})`,
    },
    {
      title: 'child_process.fork',
      code: {
        'main.js':
          'const c = require("child_process").fork("./child.js", ["a"]); c.on("message", (m) => { console.log(m); c.disconnect() }).on("exit", (code) => console.log(code))',
        'child.js':
          'process.send([process.argv.slice(2), process.execArgv, Object.keys(process.env).sort()]); process.on("disconnect", () => process.exit(2))',
      },
    },
    {
      title: 'a shell',
      code: js`const r = require('child_process').spawnSync('sh', ['-c', 'cat; echo e >&2; exit 4'], {input: 'in'}); console.log(r.status, r.stdout.toString(), r.stderr.toString())`,
    },
    {
      title: 'Intl and time zone',
      code: js`console.log(Intl.DateTimeFormat().resolvedOptions().timeZone, Intl.DateTimeFormat().resolvedOptions().locale, new Date(0).toString(), (1234.5).toLocaleString())`,
    },
    {title: 'another time zone', env: {TZ: 'Asia/Tokyo'}, code: js`console.log(new Date(0).toString())`},
    {
      title: 'vm, eval and Function',
      code: js`console.log(require('vm').runInThisContext('typeof require'), eval('typeof require'), new Function('return typeof require')()); new (require('vm').Script)('throw new Error("in vm")', {filename: 'made.js'}).runInThisContext()`,
    },
    {
      title: 'async hooks',
      code: js`const a = require('async_hooks'); console.log(a.executionAsyncId(), a.triggerAsyncId(), a.executionAsyncResource())`,
    },
    {
      title: 'performance marks',
      code: js`const {performance} = require('perf_hooks'); console.log(performance.getEntries().length, performance.nodeTiming.bootstrapComplete > 0, performance.now() < 60000)`,
    },
    {
      title: 'uptime',
      code: js`console.log(process.uptime() < 60, process.resourceUsage().userCPUTime < 60e6)`,
    },
    {title: 'memory limits', code: js`console.log(require('v8').getHeapStatistics().heap_size_limit)`},
    {title: 'a full heap', code: js`const a = []; for (;;) a.push(new Array(1e5).fill(0))`},
    {title: 'a hash-bang', code: '#!/usr/bin/env node\nconsole.log(new Error().stack.split("\\n")[1])\n'},
    {title: 'a byte order mark', code: '\uFEFFconsole.log("bom")\n'},
    {title: 'an empty program', code: '\n'},
    {
      title: 'a strict program',
      code: '"use strict";\nconsole.log(this === exports, (function () { return this })());\nundeclared = 1;\n',
    },
    {title: 'a return at the top', code: 'console.log(1);\nreturn;\nconsole.log(2);\n'},
    {
      title: 'source of functions',
      code: js`console.log((function f(a) { /* x */ return a }).toString(), require.toString().length > 0)`,
    },
    {
      title: 'require.extensions and resolve',
      code: js`console.log(Object.keys(require.extensions), require.resolve('./main'), require.resolve.paths('x'), require('module').builtinModules.length)`,
    },
    {
      title: 'an entry with an umlaut and a blank',
      entry: 'a ü.js',
      code: {'a ü.js': 'console.log(process.argv.slice(2), __filename); null.f()'},
    },
    {
      title: 'an entry in a folder',
      entry: 'sub/run.js',
      code: {
        'sub/run.js': 'console.log(__dirname, process.cwd(), require("./m"), require("../top"))',
        'sub/m.js': 'module.exports = 1',
        'top.js': 'module.exports = 2',
      },
    },
    {title: 'an entry that begins with a dash', entry: '-e.js', code: {'-e.js': 'console.log(__filename)'}},
  ],
};
