import {describe, expect, it} from 'vitest';
import {useRealEngine} from '../support/real-engine.ts';

const MIB = 1024 * 1024;
const real = useRealEngine();

const c = (code: string, more: object = {}) => real.run({language: 'c', code, ...more});
const python = (code: string, more: object = {}) => real.run({language: 'python', code, ...more});

describe('output and input', () => {
  it('row 1: returns stdout and stderr apart, exactly as written', async () => {
    const out = 'o "q" \'s\' $HOME `x` \\n \\ ü 漢字 🏖';
    const result = await python('import sys\nsys.stdout.write(sys.argv[1])\nsys.stderr.write("e")', {
      args: [out],
    });
    expect(result).toMatchObject({
      outcome: 'ok',
      explanation: null,
      run: {stdout: out, stderr: 'e', exitCode: 0},
    });
    expect(result.run).not.toHaveProperty('stdoutBase64');
  });

  it('row 1: returns bytes that are not text as base64 beside the text', async () => {
    const result = await python('import sys\nsys.stdout.buffer.write(bytes(range(256)))');
    expect(Buffer.from(result.run?.stdoutBase64 ?? '', 'base64')).toEqual(
      Buffer.from(Array.from({length: 256}, (_, byte) => byte)),
    );
    expect(result.run).not.toHaveProperty('stderrBase64');
  });

  it('row 12: hands stdin over byte for byte', async () => {
    const stdin = 'a "b" $c\n\n\'d\' \\ \t漢\r\nno newline at the end';
    const result = await python('import sys\nsys.stdout.buffer.write(sys.stdin.buffer.read())', {stdin});
    expect(result.run?.stdout).toBe(stdin);
    const bytes = Buffer.from(Array.from({length: 100_000}, (_, index) => (index * 7) % 256));
    const binary = await python('import sys\nsys.stdout.buffer.write(sys.stdin.buffer.read())', {
      stdinBase64: bytes.toString('base64'),
    });
    expect(Buffer.from(binary.run?.stdoutBase64 ?? '', 'base64').equals(bytes)).toBe(true);
  });

  it('row 17: cuts 100 MB of output at the limit, marks it and counts all of it', async () => {
    const code =
      '#include <stdio.h>\nint main(void){static char b[1000000];for(int i=0;i<1000000;i++)b[i]=120;for(int i=0;i<100;i++)fwrite(b,1,sizeof b,stdout);}';
    const before = process.memoryUsage().rss;
    const result = await c(code, {limits: {outputBytes: 1000}});
    expect(result.outcome).toBe('ok');
    expect(result.run).toMatchObject({
      stdout: 'x'.repeat(1000),
      stdoutTruncated: true,
      stderrTruncated: false,
      stdoutBytes: 100_000_000,
    });
    expect(process.memoryUsage().rss - before).toBeLessThan(50 * MIB);
  });

  it('row 17: ends with output-limit where the request asks to stop, and keeps the output up to there', async () => {
    const result = await python('while True: print("x" * 99)', {
      limits: {outputBytes: 1000},
      outputPolicy: 'stop',
    });
    expect(result).toMatchObject({
      outcome: 'output-limit',
      explanation: {code: 'output-limit', limit: 'outputBytes', allowed: 1000},
    });
    expect(result.run?.stdout.length).toBe(1000);
  });
});

describe('how programs end', () => {
  it('row 2: reports the exit code', async () => {
    const result = await real.run({language: 'bash', code: 'exit 7'});
    expect(result).toMatchObject({
      outcome: 'runtime-error',
      run: {exitCode: 7, signal: null},
      explanation: {code: 'exit-code'},
    });
  });

  it('row 2: takes exit code 137 for what it is, and names the shell convention', async () => {
    const result = await real.run({language: 'bash', code: 'exit 137'});
    expect(result).toMatchObject({
      outcome: 'runtime-error',
      run: {exitCode: 137, signal: null},
      explanation: {code: 'exit-code-of-signal'},
    });
  });

  it.each([
    ['SIGSEGV', 'int main(void){return *(volatile int*)0;}', 'segmentation-fault'],
    ['SIGFPE', 'int main(void){volatile int zero=0;return 7/zero;}', 'arithmetic-error'],
    ['SIGABRT', '#include <stdlib.h>\nint main(void){abort();}', 'aborted'],
    ['SIGABRT', '#include <assert.h>\nint main(void){assert(1==2);}', 'assertion-failed'],
    ['SIGKILL', '#include <signal.h>\nint main(void){raise(SIGKILL);}', 'killed'],
    ['SIGXCPU', '#include <signal.h>\nint main(void){raise(SIGXCPU);}', 'signal'],
    ['SIGTERM', '#include <signal.h>\nint main(void){raise(SIGTERM);}', 'signal'],
  ])('row 2: names %s', async (signal, code, explanation) => {
    const result = await c(code);
    expect(result).toMatchObject({
      outcome: 'signaled',
      run: {exitCode: null, signal},
      explanation: {code: explanation},
    });
  });

  it('names the exception that a C++ program did not catch', async () => {
    const result = await real.run({
      language: 'cpp',
      code: '#include <stdexcept>\nint main(){throw std::runtime_error("no luck");}',
    });
    expect(result).toMatchObject({
      outcome: 'signaled',
      run: {signal: 'SIGABRT'},
      explanation: {code: 'uncaught-exception'},
    });
    expect(result.explanation?.message).toContain('std::runtime_error (no luck)');
  });

  it('names the exception that a Python program did not catch, and where', async () => {
    const result = await python('def f(x):\n  return 1 / x\nprint("before")\nf(0)\n');
    expect(result).toMatchObject({
      outcome: 'runtime-error',
      run: {exitCode: 1, stdout: 'before\n'},
      explanation: {code: 'uncaught-error'},
    });
    expect(result.explanation?.message).toContain('ZeroDivisionError: division by zero (main.py, line 2)');
    expect(result.diagnostics).toMatchObject([{file: 'main.py', line: 2, severity: 'error'}]);
  });

  it('calls source that is no program a syntax error', async () => {
    const result = await python('print("a"\n');
    expect(result).toMatchObject({
      outcome: 'runtime-error',
      explanation: {code: 'syntax-error'},
      diagnostics: [{file: 'main.py', line: 1}],
    });
  });

  it('says that a command does not exist', async () => {
    const result = await real.run({language: 'bash', code: 'no-such-command'});
    expect(result).toMatchObject({
      outcome: 'runtime-error',
      run: {exitCode: 127},
      explanation: {code: 'command-not-found'},
    });
  });
});

describe('limits', () => {
  it('row 16: reports time and peak memory', async () => {
    const slept = await python('import time; time.sleep(0.5)');
    expect(slept.run?.wallTimeMs).toBeGreaterThan(500);
    expect(slept.run?.wallTimeMs).toBeLessThan(1000);
    expect(slept.run?.cpuTimeMs).toBeLessThan(300);
    const large = await python('x = bytearray(100_000_000)');
    expect(large.run?.memoryPeakBytes).toBeGreaterThan(100_000_000);
    expect(large.run?.memoryPeakBytes).toBeLessThan(150_000_000);
  });

  it.each([
    ['a loop', 'print("so far", flush=True)\nwhile True: pass', 'computing'],
    ['a sleep', 'import time\nprint("so far", flush=True)\ntime.sleep(60)', 'waiting'],
  ])('row 18: stops %s at the wall time and keeps its output', async (_, code, hint) => {
    const startedAt = performance.now();
    const result = await python(code, {limits: {wallTimeMs: 500}});
    expect(performance.now() - startedAt).toBeLessThan(1500);
    expect(result).toMatchObject({
      outcome: 'time-limit',
      run: {stdout: 'so far\n', exitCode: null, signal: 'SIGKILL'},
      explanation: {code: 'wall-time-limit', limit: 'wallTimeMs', allowed: 500},
    });
    expect(result.explanation?.message).toContain(hint);
    expect(result.explanation?.peak).toBeGreaterThanOrEqual(500);
  });

  it('row 19: stops four spinning processes by their processor time together', async () => {
    const code = 'import os\nfor _ in range(3):\n  if os.fork() == 0: break\nwhile True: pass';
    const result = await python(code, {limits: {cpuTimeMs: 600, cpuCount: 2}});
    expect(result).toMatchObject({
      outcome: 'time-limit',
      explanation: {code: 'cpu-time-limit', limit: 'cpuTimeMs', allowed: 600},
    });
    expect(result.run?.cpuTimeMs).toBeGreaterThanOrEqual(600);
    expect(result.run?.cpuTimeMs).toBeLessThan(1100);
  });

  it('row 20: ends a program that allocates past the limit, while others go on unharmed', async () => {
    const grow =
      '#include <stdlib.h>\n#include <string.h>\nint main(void){for(;;){char*p=malloc(1<<20);if(p)memset(p,1,1<<20);}}';
    const [first, bystander, second] = await Promise.all([
      c(grow, {limits: {memoryBytes: 64 * MIB}}),
      python('import time\nx = bytearray(50_000_000)\ntime.sleep(1)\nprint(len(x))'),
      c(grow, {limits: {memoryBytes: 32 * MIB}}),
    ]);
    for (const result of [first, second])
      expect(result).toMatchObject({
        outcome: 'memory-limit',
        explanation: {code: 'memory-limit', limit: 'memoryBytes'},
      });
    expect(first.explanation?.message).toContain('64 MiB');
    expect(bystander).toMatchObject({outcome: 'ok', run: {stdout: '50000000\n'}});
  });

  it('row 20: calls it memory-limit when only a child was killed for memory', async () => {
    const code =
      'import os\nif os.fork() == 0:\n  x = []\n  while True: x.append(bytearray(10**6))\nos.wait()\nprint("parent ends well")';
    const result = await python(code, {limits: {memoryBytes: 64 * MIB}});
    expect(result.outcome).toBe('memory-limit');
  });

  it.each([
    [
      'java',
      'import java.util.*; public class Main { public static void main(String[] a) { List<int[]> l = new ArrayList<>(); while (true) l.add(new int[100000]); } }',
    ],
    ['javascript', 'const l = []; while (true) l.push(new Array(10000).fill({}));'],
  ])('row 20: calls the full heap of %s a memory limit', async (language, code) => {
    const result = await real.run({
      language,
      code,
      limits: {memoryBytes: 256 * MIB, cpuTimeMs: 30_000, wallTimeMs: 30_000},
    });
    expect(result).toMatchObject({outcome: 'memory-limit', explanation: {limit: 'memoryBytes'}});
  });

  it('row 21: gives spinners no more than their share of the processors', async () => {
    const code = 'import os\nos.fork()\nwhile True: pass';
    const result = await python(code, {limits: {wallTimeMs: 2000, cpuCount: 0.5}});
    expect(result.outcome).toBe('time-limit');
    expect(result.run?.cpuTimeMs).toBeLessThan(1200);
    expect(result.run?.cpuTimeMs).toBeGreaterThan(300);
  });

  it('row 22: contains a fork bomb', async () => {
    const result = await c('#include <unistd.h>\nint main(void){for(;;)fork();}', {
      limits: {wallTimeMs: 1000, processes: 20},
    });
    expect(result.outcome).toBe('time-limit');
    expect(result.run?.processesPeak).toBeLessThanOrEqual(20);
  });

  it('row 22: says that too many processes ended the program when they did', async () => {
    const result = await python(
      'import os, time\nfor _ in range(100):\n  if os.fork() == 0: time.sleep(20)',
      {limits: {processes: 10}},
    );
    expect(result).toMatchObject({
      outcome: 'process-limit',
      explanation: {code: 'process-limit', limit: 'processes', allowed: 10},
    });
  });

  it('row 22: lets ordinary threads work', async () => {
    const code =
      'import threading\nt = [threading.Thread(target=print, args=(i,)) for i in range(20)]\n[x.start() for x in t]\n[x.join() for x in t]';
    expect(await python(code)).toMatchObject({outcome: 'ok'});
  });

  it('row 23: calls a full disk a disk limit only where the program failed for it', async () => {
    const fill = 'f = open("big", "wb")\nwhile True: f.write(bytes(100_000))';
    const limits = {diskBytes: 8 * MIB};
    expect(await python(fill, {limits})).toMatchObject({
      outcome: 'disk-limit',
      explanation: {code: 'disk-space-limit', limit: 'diskBytes', allowed: 8 * MIB},
    });
    const coped = `try:\n  ${fill.replace('\n', '\n  ')}\nexcept OSError: print("full")`;
    expect(await python(coped, {limits})).toMatchObject({outcome: 'ok', run: {stdout: 'full\n'}});
  });

  it('row 23: names the file size and the number of files as well', async () => {
    const big = await c(
      '#include <stdio.h>\nint main(void){FILE*f=fopen("f","w");for(;;)fwrite("0123456789abcdef",1,16,f);}',
      {limits: {fileBytes: MIB}},
    );
    expect(big).toMatchObject({
      outcome: 'disk-limit',
      run: {signal: 'SIGXFSZ'},
      explanation: {code: 'file-size-limit', limit: 'fileBytes', allowed: MIB, peak: MIB},
    });
    const many = await python('for i in range(10**6): open(str(i), "w").close()', {limits: {diskBytes: MIB}});
    expect(many).toMatchObject({
      outcome: 'disk-limit',
      explanation: {code: 'disk-files-limit', limit: 'diskBytes'},
    });
  });

  it('row 23: starts nothing whose files do not fit', async () => {
    const files = [
      {path: 'main.py', content: 'print(1)'},
      {path: 'data', content: 'x'.repeat(200_000)},
    ];
    const result = await real.run({language: 'python', files, limits: {diskBytes: 65_536}});
    expect(result).toMatchObject({
      outcome: 'disk-limit',
      run: null,
      explanation: {code: 'disk-space-limit', allowed: 65_536},
    });
  });
});

describe('files that do not fit', () => {
  const many = Array.from({length: 999}, (_, index) => ({path: `folder-${index}/file`, content: 'x'}));

  it('row 23: are a disk limit when they need more folders than there is room for', async () => {
    const files = [{path: 'main.py', content: 'print(1)'}, ...many];
    const result = await real.run({language: 'python', files, limits: {diskBytes: 4 * MIB}});
    expect(result).toMatchObject({outcome: 'disk-limit', run: null, explanation: {code: 'disk-space-limit'}});
    expect(result.explanation?.message).toContain('1000 files');
    expect(await real.run({language: 'python', files})).toMatchObject({outcome: 'ok'});
  });

  it('row 23: are a compile error when the compiler has no room for them', async () => {
    const files = [{path: 'main.c', content: 'int main(void){}'}, ...many];
    const result = await real.run({language: 'c', files, compileLimits: {diskBytes: 4 * MIB}});
    expect(result).toMatchObject({
      outcome: 'compile-error',
      compile: null,
      explanation: {code: 'compile-disk-space-limit'},
    });
  });

  it('are run when the longest allowed paths fit', async () => {
    const path = `${`${'d'.repeat(200)}/`.repeat(20)}${'f'.repeat(75)}`;
    const result = await real.run({
      language: 'python',
      files: [
        {path: 'main.py', content: 'print(1)'},
        {path, content: ''},
      ],
    });
    expect(path.length).toBe(4095);
    expect(result.outcome).toBe('ok');
  });
});

describe('a sandbox for each run', () => {
  it('row 26: runs and compiles under a user id other than 0', async () => {
    expect((await real.run({language: 'bash', code: 'id -u'})).run?.stdout).not.toBe('0\n');
    // The wrapper runs in place of each program that the compiler driver starts.
    const compilerOptions = ['-wrapper', '/bin/sh,-c,id -u >&2; exit 1'];
    const result = await c('int main(void){}', {compilerOptions});
    expect(result).toMatchObject({
      outcome: 'compile-error',
      compile: {stderr: expect.stringMatching(/^1000$/m)},
    });
  });

  it('row 28: shows a program its own files and processes only', async () => {
    const code =
      'ls -A /work; ls /home /root 2>/dev/null; ps -e 2>/dev/null | wc -l; cat /proc/[0-9]*/cmdline | tr "\\0" " "';
    const result = await real.run({language: 'bash', code});
    expect(result.run?.stdout.split('\n')[0]).toBe('main.sh');
    expect(result.run?.stdout).not.toMatch(/sandglass-launcher|vitest/);
  });

  it('row 29: leaves nothing of one run to the next', async () => {
    const leave =
      'echo secret > /work/left; echo secret > /tmp/left; echo secret > /dev/shm/left; (sleep 60 &) ; ls /work';
    expect((await real.run({language: 'bash', code: leave})).outcome).toBe('ok');
    const look = 'ls -A /work /tmp /dev/shm; ps -e | grep -c sleep';
    const result = await real.run({language: 'bash', code: look});
    expect(result.run?.stdout).not.toContain('left');
    expect(result.run?.stdout.trim().endsWith('0')).toBe(true);
  });
});
