import {expect, it} from 'vitest';
import {command} from '../support/command.ts';
import {compiledProgram} from '../support/compiled-program.ts';
import {python, runIn, shell} from '../support/run-in.ts';
import {type DriverSetup, DriverUnderTest} from './driver-under-test.ts';

/** Starting programs and how they end. */
export function describePrograms(setup: DriverSetup): void {
  const test = new DriverUnderTest(setup);

  it('runs a static program that was written along with its start', async () => {
    await using sandbox = await test.sandbox();
    const file = compiledProgram('print-hello');
    const ended = await runIn(sandbox, ['./print-hello'], {files: [file]});
    expect(ended).toMatchObject({
      exitCode: 0,
      signal: null,
      stopReason: 'none',
      stdout: 'hello\n',
      stderr: '',
    });
  });

  it('gives a program exactly the arguments, environment and directory it was started with', async () => {
    await using sandbox = await test.sandbox();
    const argv = ['', ' a  b ', 'héllo 🎉', '-n', "it's", 'line\nbreak', '*', '$HOME'];
    const env = {PATH: '/usr/bin', EMPTY: '', SPACED: ' x y ', UNICODE: 'ü', MULTI: 'a\nb=c'};
    const source =
      'import json, os, sys; print(json.dumps([sys.argv[1:], dict(os.environb and os.environ), os.getcwd()]))';
    const ended = await runIn(sandbox, ['python3', '-X', 'utf8', '-I', '-S', '-c', source, ...argv], {
      env: {...env, LC_ALL: 'C.UTF-8'},
      cwd: 'deep/down',
      files: [{path: 'deep/down/file', content: new Uint8Array(0)}],
    });
    expect(JSON.parse(ended.stdout)).toEqual([argv, {...env, LC_ALL: 'C.UTF-8'}, '/work/deep/down']);
  });

  it.each([0, 1, 42, 127, 137, 255])('reports exit code %i as such', async (code) => {
    await using sandbox = await test.sandbox();
    expect(await shell(sandbox, `exit ${code}`)).toMatchObject({
      exitCode: code,
      signal: null,
      stopReason: 'none',
    });
  });

  it.each(['SIGSEGV', 'SIGABRT', 'SIGKILL', 'SIGTERM', 'SIGFPE'])(
    'reports an end by %s as such',
    async (signal) => {
      await using sandbox = await test.sandbox();
      const ended = await python(
        sandbox,
        `import os, signal; signal.signal(signal.${signal}, signal.SIG_DFL) if '${signal}' != 'SIGKILL' else 0; os.kill(os.getpid(), signal.${signal})`,
      );
      expect(ended).toMatchObject({exitCode: null, signal, stopReason: 'none'});
    },
  );

  it.each<[string, readonly string[], string]>([
    ['is not there', ['no-such-program'], ''],
    ['may not be executed', ['./data'], ''],
    ['is a directory', ['/usr'], ''],
    ['has a working directory that is not there', ['true'], 'missing'],
  ])('rejects with exec-failed when the program %s, and can start the next', async (_title, argv, cwd) => {
    await using sandbox = await test.sandbox();
    const files = [{path: 'data', content: Buffer.from('plain text')}];
    const execution = sandbox.exec(command(argv, {cwd, files}));
    await expect(execution.started).rejects.toMatchObject({code: 'exec-failed'});
    await expect(execution.exited).rejects.toMatchObject({code: 'exec-failed'});
    expect(await shell(sandbox, 'echo next')).toMatchObject({exitCode: 0, stdout: 'next\n'});
  });

  it('says that a program runs before it has ended', async () => {
    await using sandbox = await test.sandbox();
    const execution = sandbox.exec(command(['sleep', '100'], {wallTimeMs: 0}));
    await execution.started;
    execution.signal('SIGTERM', 'main');
    expect(await execution.exited).toMatchObject({signal: 'SIGTERM', stopReason: 'none'});
  });

  it('runs several programs side by side, each with its own output and end', async () => {
    await using sandbox = await test.sandbox();
    const all = await Promise.all(
      [1, 2, 3, 4, 5].map((number) =>
        shell(sandbox, `echo ${number}; sleep 0.1; exit ${number}`, {keepOthers: true}),
      ),
    );
    expect(all.map(({stdout, exitCode}) => [stdout, exitCode])).toEqual(
      [1, 2, 3, 4, 5].map((number) => [`${number}\n`, number]),
    );
  });

  it('ends every other process when the main one ends, unless told to keep them', async () => {
    await using sandbox = await test.sandbox();
    const write = '(while :; do date +%s%N > alive; sleep 0.02; done) >/dev/null 2>&1 &';
    const leave = `rm -f alive; ${write} until [ -s alive ]; do sleep 0.02; done`;
    const isAlive = 'a=$(cat alive); sleep 0.2; [ "$a" = "$(cat alive)" ] && echo dead || echo alive';
    // However slow it is: a sign of life is waited for, only its absence is bounded by a time.
    const awaitLife = 'a=$(cat alive); while [ "$a" = "$(cat alive)" ]; do sleep 0.02; done; echo alive';
    await shell(sandbox, leave);
    expect((await shell(sandbox, isAlive)).stdout).toBe('dead\n');
    await shell(sandbox, leave, {keepOthers: true});
    expect((await shell(sandbox, awaitLife, {keepOthers: true})).stdout).toBe('alive\n');
    await sandbox.killAll();
    expect((await shell(sandbox, isAlive)).stdout).toBe('dead\n');
  });

  it.each<['main' | 'group' | 'all', string]>([
    ['main', 'main'],
    ['group', 'main child'],
    ['all', 'main child stranger'],
  ])('delivers a signal to %s', async (scope, expected) => {
    await using sandbox = await test.sandbox();
    const source = `
import os, signal, sys, time
def on(name):
    def handler(*_):
        os.write(1, name + b'\\n'); os._exit(0)
    return handler
r, w = os.pipe()
if os.fork() == 0:
    signal.signal(signal.SIGUSR1, on(b'child')); os.write(w, b'.'); time.sleep(2); os._exit(1)
if os.fork() == 0:
    os.setsid(); signal.signal(signal.SIGUSR1, on(b'stranger')); os.write(w, b'.'); time.sleep(2); os._exit(1)
def main(*_):
    os.write(1, b'main\\n'); time.sleep(0.2); os._exit(0)
signal.signal(signal.SIGUSR1, main)
os.read(r, 1); os.read(r, 1)
os.write(1, b'ready\\n'); time.sleep(5)`;
    const ready = Promise.withResolvers<void>();
    let text = '';
    const execution = sandbox.exec(
      command(['python3', '-I', '-S', '-c', source], {
        onOutput: (_stream, data) => {
          text += Buffer.from(data).toString();
          if (text.includes('ready')) ready.resolve();
        },
      }),
    );
    await ready.promise;
    execution.signal('SIGUSR1', scope);
    await execution.exited;
    const got = text.split('\n').filter((line) => line !== '' && line !== 'ready');
    expect(got.sort()).toEqual(expected.split(' ').sort());
  });

  it('refuses a signal that is none', async () => {
    await using sandbox = await test.sandbox();
    const execution = sandbox.exec(command(['sleep', '1']));
    expect(() => execution.signal('SIGNOTHING', 'main')).toThrow(/it is none/);
    execution.signal('SIGKILL', 'main');
    expect(await execution.exited).toMatchObject({signal: 'SIGKILL', stopReason: 'killed'});
  });
}
