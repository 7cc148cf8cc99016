import {describe, expect, it} from 'vitest';
import {useRealEngine} from '../support/real-engine.ts';

const MIB = 1024 * 1024;
const real = useRealEngine();

describe('hostile programs', () => {
  it.each([
    ['a daemon that holds stdout open', 'bash', 'echo done; (setsid sleep 60 &)', 'ok', 'done\n'],
    [
      'one that kills every pid it can',
      'bash',
      'echo before; kill -9 -1; echo after',
      'ok',
      'before\nafter\n',
    ],
    ['one that stops itself', 'c', '#include <signal.h>\nint main(void){raise(SIGSTOP);}', 'time-limit', ''],
    ['one that closes its output', 'python', 'import os\nos.close(1)\nos.close(2)', 'ok', ''],
    ['one that deletes its own source and folder', 'bash', 'rm -rf /work/* /work; echo ok', 'ok', 'ok\n'],
  ])('%s ends in time with the right outcome', async (_, language, code, outcome, stdout) => {
    const startedAt = performance.now();
    const result = await real.run({language, code, limits: {wallTimeMs: 1500}});
    expect(performance.now() - startedAt).toBeLessThan(3000);
    expect(result).toMatchObject({outcome, run: {stdout}});
  });

  it('one whose stderr looks like a compiler, a traceback and a full heap at once is judged by facts', async () => {
    const code =
      'import sys\nsys.stderr.write("main.py:1:1: error: x\\nKilled\\nout of memory\\n" * 20_000)\nsys.exit(137)';
    const result = await real.run({language: 'python', code});
    expect(result).toMatchObject({outcome: 'runtime-error', run: {exitCode: 137}});
  });

  it('the next run works and finds nothing of them', async () => {
    const result = await real.run({language: 'bash', code: 'ls -A /tmp /dev/shm; ls -A'});
    expect(result.run?.stdout).toBe('/dev/shm:\n\n/tmp:\nmain.sh\n');
  });
});

describe('hostile sources', () => {
  const limits = {wallTimeMs: 3000, cpuTimeMs: 3000, memoryBytes: 256 * MIB};

  it.each([
    ['include a device without end', '#include "/dev/zero"\nint main(void){}'],
    ['read the standard input of the compiler', '#include "/dev/stdin"\nint main(void){}'],
    ['include themselves', '#include "main.c"'],
    ['include a file of the host', '#include "/etc/shadow"\nint main(void){}'],
    ['are one enormous line', `int main(void){return ${'('.repeat(200_000)}0${')'.repeat(200_000)};}`],
  ])('that %s end in a result', async (_, code) => {
    const result = await real.run({language: 'c', code, compileLimits: limits});
    expect(['compile-error', 'ok']).toContain(result.outcome);
    expect(result.compile?.stdout ?? '').not.toContain('root:');
  });

  it('that expand without end stop at a limit of the compile stage', async () => {
    const code = 'template<int N> struct A { typename A<N + 1>::T t; };\nint main() { A<0> a; }';
    const result = await real.run({
      language: 'cpp',
      code,
      compilerOptions: ['-ftemplate-depth=1000000'],
      compileLimits: limits,
    });
    expect(result.outcome).toBe('compile-error');
    expect(result.explanation?.code).toMatch(
      /^compile-(memory|cpu-time|wall-time)-limit$|^compiler-crashed$|^compile-error$/,
    );
  });

  it('that make a program too large to carry over are refused in words', async () => {
    const code = 'char large[100 << 20] = {1};\nint main(void) { return large[5]; }';
    const result = await real.run({language: 'c', code});
    expect(result).toMatchObject({
      outcome: 'compile-error',
      explanation: {code: 'compile-output-too-large', allowed: 64 * MIB},
    });
  });
});
