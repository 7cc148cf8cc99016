import type {Execution, Sandbox} from '@sandglass/sandbox';
import {expect, it} from 'vitest';
import {command} from '../support/command.ts';
import {collector} from '../support/run-in.ts';
import {type DriverSetup, DriverUnderTest, itWith} from './driver-under-test.ts';

/** Programs on a terminal of their own. */
export function describeTerminal(setup: DriverSetup): void {
  const test = new DriverUnderTest(setup);

  it('is a terminal on all three descriptors, with the size that was asked for', async () => {
    await using sandbox = await test.sandbox();
    const {execution, text} = onTerminal(sandbox, [
      'python3',
      '-I',
      '-S',
      '-c',
      'import os; print([os.isatty(fd) for fd in (0, 1, 2)], os.get_terminal_size(), os.ttyname(0))',
    ]);
    expect(await execution.exited).toMatchObject({exitCode: 0});
    expect(text()).toBe('[True, True, True] os.terminal_size(columns=90, lines=30) /dev/pts/0\r\n');
  });

  itWith(setup, 'terminal-signals')('tells the program when its size changes', async () => {
    await using sandbox = await test.sandbox();
    const source =
      'import os, signal; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGWINCH]); print("ready", flush=True); signal.sigwait([signal.SIGWINCH]); print(os.get_terminal_size())';
    const {execution, text} = onTerminal(sandbox, ['python3', '-I', '-S', '-c', source]);
    await test.eventually(() => expect(text()).toContain('ready'));
    execution.resize(120, 40);
    await execution.exited;
    expect(text()).toContain('columns=120, lines=40');
  });

  itWith(setup, 'terminal-keys')(
    'ends a program on Ctrl-C, and passes it on to one that waits for it',
    async () => {
      await using sandbox = await test.sandbox();
      for (const [script, end] of [
        ['echo ready; exec sleep 100', {signal: 'SIGINT'}],
        ['trap "exit 7" INT; echo ready; while :; do sleep 0.05; done', {exitCode: 7}],
      ] as const) {
        const {execution, text} = onTerminal(sandbox, ['sh', '-c', script]);
        await test.eventually(() => expect(text()).toContain('ready'));
        await execution.write(Buffer.from('\x03'));
        expect(await execution.exited).toMatchObject(end);
      }
    },
  );

  itWith(setup, 'terminal-signals')(
    'ends the foreground program on Ctrl-C and goes on with the shell',
    async () => {
      await using sandbox = await test.sandbox();
      const {execution, text} = onTerminal(sandbox, ['sh', '-i']);
      await execution.write(Buffer.from('echo pid $((20 + 1)); sleep 100\n'));
      await test.eventually(() => expect(text()).toContain('pid 21'));
      await execution.write(Buffer.from('\x03'));
      await execution.write(Buffer.from('echo after $((40 + 2))\n'));
      await test.eventually(() => expect(text()).toContain('after 42'));
      execution.end();
      expect((await execution.exited).exitCode).not.toBeNull();
    },
  );

  itWith(setup, 'terminal-signals')(
    'sends Ctrl-D at the end of input, after an unfinished line as well',
    async () => {
      await using sandbox = await test.sandbox();
      const {execution, text} = onTerminal(sandbox, ['cat']);
      await execution.write(Buffer.from('half a line'));
      execution.end();
      expect(await execution.exited).toMatchObject({exitCode: 0});
      expect(text()).toContain('half a linehalf a line');
    },
  );

  it('leaves a program alone that closes its terminal and goes on', async () => {
    await using sandbox = await test.sandbox();
    const {execution, text} = onTerminal(sandbox, [
      'sh',
      '-c',
      'echo before; exec </dev/null >/dev/null 2>&1; sleep 0.2; exit 7',
    ]);
    expect(await execution.exited).toMatchObject({exitCode: 7});
    expect(text()).toBe('before\r\n');
  });

  itWith(setup, 'terminal-signals')('takes more input after Ctrl-D', async () => {
    await using sandbox = await test.sandbox();
    const {execution, text} = onTerminal(sandbox, [
      'sh',
      '-c',
      'cat > /dev/null; read line; echo "then $line"',
    ]);
    await execution.write(Buffer.from('for cat\n'));
    execution.end();
    await execution.write(Buffer.from('for read\n'));
    expect(await execution.exited).toMatchObject({exitCode: 0});
    expect(text()).toContain('then for read');
  });

  itWith(setup, 'terminal-signals')('delivers a signal for the group to the foreground program', async () => {
    await using sandbox = await test.sandbox();
    const {execution, text} = onTerminal(sandbox, ['sh', '-i']);
    await execution.write(
      Buffer.from(
        'sh -c "trap \'echo caught; exit\' USR1; echo up\\$((1+1)); while :; do sleep 0.05; done"\n',
      ),
    );
    await test.eventually(() => expect(text()).toContain('up2'));
    execution.signal('SIGUSR1', 'group');
    await test.eventually(() => expect(text()).toMatch(/\bcaught\r\n/));
    execution.signal('SIGKILL', 'main');
    await execution.exited;
  });

  it('hangs up when everything in the sandbox is killed', async () => {
    await using sandbox = await test.sandbox();
    const {execution} = onTerminal(sandbox, ['sh', '-i']);
    await execution.started;
    await sandbox.killAll();
    expect(await execution.exited).toMatchObject({signal: 'SIGKILL', stopReason: 'killed'});
  });
}

function onTerminal(sandbox: Sandbox, argv: readonly string[]): {execution: Execution; text: () => string} {
  const printed = collector();
  const execution = sandbox.exec(
    command(argv, {
      terminal: {columns: 90, rows: 30},
      stdin: 'open',
      env: {PATH: '/usr/bin:/bin', TERM: 'xterm', PS1: '$ '},
      onOutput: printed.onOutput,
    }),
  );
  return {execution, text: () => printed.texts().terminal};
}
