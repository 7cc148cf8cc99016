import type {ExitReport, RuntimeTemplate, Sandbox} from '@sandglass/sandbox';
import {expect, it} from 'vitest';
import type {command} from '../support/command.ts';
import {type Ended, runIn} from '../support/run-in.ts';
import {type DriverSetup, DriverUnderTest, itWith} from './driver-under-test.ts';

const MIB = 1024 * 1024;
const ENV = {PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8'};

/** Runtimes that are started before their program is there. */
export function describePrimedPrograms(setup: DriverSetup): void {
  const library = setup.primeLibrary;
  if (library === null) return;
  const test = new DriverUnderTest(setup);
  const PYTHON: RuntimeTemplate = {
    id: 'python',
    argv: ['python3', 'main.py'],
    env: ENV,
    library,
    stopAt: ['main.py', '/work/main.py'],
    idleBytes: 0,
  };

  async function primed(): Promise<Sandbox> {
    const sandbox = await test.sandbox();
    await sandbox.prime(PYTHON);
    return sandbox;
  }

  const run = (sandbox: Sandbox, source: string, parts: Parameters<typeof command>[1] = {}): Promise<Ended> =>
    runIn(sandbox, PYTHON.argv, {files: [{path: 'main.py', content: Buffer.from(source)}], ...parts});

  it('runs a program in the runtime that waited for it, with its input, output and end', async () => {
    await using sandbox = await primed();
    const source =
      'import sys; print(sys.stdin.read().upper()); print("problem", file=sys.stderr); sys.exit(3)';
    expect(await run(sandbox, source, {stdin: Buffer.from('input')})).toMatchObject({
      isPrimed: true,
      exitCode: 3,
      stdout: 'INPUT\n',
      stderr: 'problem\n',
    });
  });

  it('shows a program nothing that a plain start would not', async () => {
    const source = `
import gc, os, sys
fds = sorted(os.listdir('/proc/self/fd'))[:3], len(os.listdir('/proc/self/fd'))
environ = open('/proc/self/environ', 'rb').read().rstrip(b'\\0').split(b'\\0')
status = [line for line in open('/proc/self/status') if line.split(':')[0] in
          ('Uid', 'Gid', 'Groups', 'CapEff', 'CapBnd', 'NoNewPrivs', 'Seccomp', 'SigBlk', 'SigIgn', 'SigCgt', 'TracerPid', 'Threads')]
children = os.popen('env; ls /proc/self/fd; grep -c prime /proc/self/maps').read()
print(fds, environ, sorted(os.environ.items()), sys.argv, sys.orig_argv, sys.path, sorted(sys.modules), sys.flags, gc.get_threshold(),
      os.getcwd(), os.getpgrp() == os.getpid(), os.getsid(0) == os.getpid(), status, children, __name__, __file__, sorted(globals()))`;
    await using one = await primed();
    await using other = await test.sandbox();
    const [first, second] = [await run(one, source), await run(other, source)];
    expect([first.isPrimed, second.isPrimed]).toEqual([true, false]);
    expect(first.stderr).toBe('');
    expect(first.stdout).toBe(second.stdout);
  });

  it.each<[string, Parameters<typeof command>[1]]>([
    ['other arguments', {argv: ['python3', 'main.py', 'more']}],
    ['another environment', {env: {...ENV, MORE: '1'}}],
    [
      'another directory',
      {cwd: 'deep', files: [{path: 'deep/main.py', content: Buffer.from('print("here")')}]},
    ],
    ['a terminal', {terminal: {columns: 80, rows: 24}}],
  ])('starts a program with %s plainly', async (_title, parts) => {
    await using sandbox = await primed();
    const ended = await run(sandbox, 'print("here")', parts);
    expect(ended).toMatchObject({isPrimed: false, exitCode: 0});
    expect(`${ended.stdout}${ended.terminal}`).toMatch(/^here\r?\n$/);
  });

  it('serves one program only', async () => {
    await using sandbox = await primed();
    expect(await run(sandbox, 'print(1)')).toMatchObject({isPrimed: true, stdout: '1\n'});
    expect(await run(sandbox, 'print(2)')).toMatchObject({isPrimed: false, stdout: '2\n'});
  });

  it('starts a program plainly when the waiting runtime was killed', async () => {
    await using sandbox = await primed();
    await sandbox.killAll();
    expect(await run(sandbox, 'print("here")')).toMatchObject({isPrimed: false, stdout: 'here\n'});
  });

  it('leaves no waiting runtime beside a program that did not take it', async () => {
    await using sandbox = await primed();
    const list = 'for p in /proc/[0-9]*; do tr "\\0" " " < $p/cmdline; echo; done';
    // The kill is certain but not instant; a killed process has no command line any more.
    const ended = await runIn(sandbox, ['sh', '-c', `sleep 0.2; ${list}`]);
    expect(ended.stdout).not.toContain('main.py');
  });

  it.each<[string, RuntimeTemplate, RegExp]>([
    ['is not there', {...PYTHON, argv: ['no-such-runtime']}, /exec: ENOENT/],
    ['ends too early', {...PYTHON, argv: ['true']}, /exit code 0/],
    ['cannot load the library', {...PYTHON, library: '/no/such/library.so'}, /exit code 2/],
  ])(
    'says why a runtime cannot be primed that %s, and runs programs all the same',
    async (_title, template, why) => {
      await using sandbox = await test.sandbox();
      await expect(sandbox.prime(template)).rejects.toMatchObject({
        code: 'exec-failed',
        message: expect.stringMatching(why),
      });
      expect(await run(sandbox, 'print("here")')).toMatchObject({isPrimed: false, stdout: 'here\n'});
    },
  );

  it('refuses to prime where a program was', async () => {
    await using sandbox = await test.sandbox();
    await runIn(sandbox, ['true']);
    await expect(sandbox.prime(PYTHON)).rejects.toMatchObject({code: 'exec-failed'});
  });

  it('does not charge a program for the start of its runtime', async () => {
    const source = 'pass';
    await using one = await primed();
    await using other = await test.sandbox();
    const [first, second] = [await run(one, source), await run(other, source)];
    expect(first.isPrimed).toBe(true);
    expect(first.cpuTimeMs).toBeLessThan(second.cpuTimeMs);
  });

  itWith(setup, 'memory')('charges the memory of a program to the program, and bounds it', async () => {
    await using one = await primed();
    const small = await run(one, 'data = bytearray(40 << 20)');
    expect(small.isPrimed).toBe(true);
    expect(small.memoryPeakBytes).toBeGreaterThan(40 * MIB);
    expect(small.memoryPeakBytes).toBeLessThan(48 * MIB);
    await using other = await primed();
    expect(await run(other, 'data = bytearray(400 << 20)')).toMatchObject({
      isPrimed: true,
      stopReason: 'out-of-memory',
    });
  });

  itWith(setup, 'pids')('counts the processes of a program, and bounds them', async () => {
    await using sandbox = await primed();
    const source = `
import os, time
children = []
try:
    while True:
        pid = os.fork()
        if pid == 0: time.sleep(60); os._exit(0)
        children.append(pid)
except BlockingIOError: print(len(children))`;
    const ended = await run(sandbox, source);
    expect(ended.isPrimed).toBe(true);
    expect(Number(ended.stdout)).toBeLessThan(64);
    expect(ended.forksRefused).toBeGreaterThan(0);
  });

  it.each<[string, Parameters<typeof command>[1], string, Partial<ExitReport>]>([
    ['wall time', {wallTimeMs: 200}, 'import time; time.sleep(60)', {stopReason: 'wall-time'}],
    ['cpu time', {cpuTimeMs: 200}, 'while True: pass', {stopReason: 'cpu-time'}],
    [
      'file size',
      {fileBytes: 4096},
      'f = open("f", "wb", 0); f.write(bytes(4096)); f.write(b"x")',
      {exitCode: 1, isFileLimitReached: true},
    ],
    [
      'output',
      {outputBytes: 10, stopAtOutputLimit: true},
      'while True: print("x")',
      {stopReason: 'output-limit'},
    ],
  ])('holds a program to its %s', async (_title, parts, source, expected) => {
    await using sandbox = await primed();
    expect(await run(sandbox, source, parts)).toMatchObject({isPrimed: true, ...expected});
  });

  it('is destroyed with a runtime that still waits', async () => {
    const sandbox = await primed();
    await sandbox.destroy();
    expect(sandbox.gone.aborted).toBe(true);
  });
}
