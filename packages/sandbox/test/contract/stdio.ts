import {createHash, randomBytes} from 'node:crypto';
import {setTimeout as delay} from 'node:timers/promises';
import {expect, it} from 'vitest';
import {command} from '../support/command.ts';
import {compiledProgram} from '../support/compiled-program.ts';
import {collector, python, shell} from '../support/run-in.ts';
import {type DriverSetup, DriverUnderTest} from './driver-under-test.ts';

const MIB = 1024 * 1024;

/** Input and output while a program runs. */
export function describeStdio(setup: DriverSetup): void {
  const test = new DriverUnderTest(setup);

  it('streams output while the program runs and input as it is written', async () => {
    await using sandbox = await test.sandbox();
    const lines: string[] = [];
    const execution = sandbox.exec(
      command(['sh', '-c', 'while read line; do echo "got $line"; done; echo end'], {
        stdin: 'open',
        onOutput: (_stream, data) => {
          lines.push(Buffer.from(data).toString());
        },
      }),
    );
    for (const word of ['one', 'two']) {
      await execution.write(Buffer.from(`${word}\n`));
      await test.eventually(() => expect(lines.join('')).toMatch(new RegExp(`got ${word}\n$`)));
    }
    execution.end();
    expect(await execution.exited).toMatchObject({exitCode: 0});
    expect(lines.join('')).toBe('got one\ngot two\nend\n');
  });

  it('passes a mebibyte of random bytes through cat unchanged, given beforehand', async () => {
    await using sandbox = await test.sandbox();
    const data = randomBytes(MIB);
    const printed = collector();
    await sandbox.exec(command(['cat'], {stdin: data, onOutput: printed.onOutput})).exited;
    expect(printed.bytes('stdout').equals(data)).toBe(true);
  });

  it('passes a mebibyte of random bytes through cat unchanged, written in odd pieces', async () => {
    await using sandbox = await test.sandbox();
    const data = randomBytes(MIB);
    const printed = collector();
    const execution = sandbox.exec(command(['cat'], {stdin: 'open', onOutput: printed.onOutput}));
    for (let at = 0; at < data.length; ) {
      const piece = data.subarray(at, at + 1 + ((at * 7919) % 70_001));
      at += piece.length;
      await execution.write(piece);
    }
    execution.end();
    await execution.exited;
    expect(printed.bytes('stdout').equals(data)).toBe(true);
  });

  it('keeps stdout and stderr apart and complete, 16 MiB of them', async () => {
    await using sandbox = await test.sandbox();
    const hash = {stdout: createHash('sha256'), stderr: createHash('sha256'), terminal: createHash('sha256')};
    const source = `
import sys
for i in range(128):
    sys.stdout.buffer.write(bytes([i]) * 65536); sys.stdout.flush()
    sys.stderr.buffer.write(bytes([255 - i]) * 65536); sys.stderr.flush()`;
    const ended = await python(sandbox, source, {
      wallTimeMs: 10_000 * test.slowdown,
      onOutput: async (stream, data) => {
        hash[stream].update(data);
        await null;
      },
    });
    const expected = (byte: (i: number) => number): string => {
      const sum = createHash('sha256');
      for (let i = 0; i < 128; i += 1) sum.update(Buffer.alloc(65_536, byte(i)));
      return sum.digest('hex');
    };
    expect(ended).toMatchObject({exitCode: 0, stdoutBytes: 8 * MIB, stderrBytes: 8 * MIB});
    expect(hash.stdout.digest('hex')).toBe(expected((i) => i));
    expect(hash.stderr.digest('hex')).toBe(expected((i) => 255 - i));
  });

  it('stops a program that prints while nobody takes its output, and lets it go on afterwards', async () => {
    await using sandbox = await test.sandbox();
    const taking = Promise.withResolvers<void>();
    let received = 0;
    const execution = sandbox.exec(
      command(['./print-without-end'], {
        files: [compiledProgram('print-without-end')],
        wallTimeMs: 60_000,
        onOutput: async (_stream, data) => {
          received += data.length;
          await taking.promise;
        },
      }),
    );
    await execution.started;
    const written = async (): Promise<number> => {
      const {content} = await sandbox.readFile('progress', {maxBytes: 4});
      return content.length < 4 ? 0 : Buffer.from(content).readUInt32LE(0) * 8192;
    };
    await test.eventually(async () => expect(await written()).toBeGreaterThan(0));
    await delay(300);
    const stalledAt = await written();
    await delay(200);
    expect(await written()).toBe(stalledAt);
    expect(stalledAt).toBeLessThan(2 * MIB);
    taking.resolve();
    await test.eventually(() => expect(received).toBeGreaterThan(8 * MIB));
    execution.signal('SIGKILL', 'main');
    expect((await execution.exited).stdoutBytes).toBe(received);
  });

  it('holds a writer back while the program does not read, and drops input once it is gone', async () => {
    await using sandbox = await test.sandbox();
    const execution = sandbox.exec(command(['sleep', '0.3'], {stdin: 'open'}));
    let isTaken = false;
    const writing = execution.write(Buffer.alloc(4 * MIB)).then(() => {
      isTaken = true;
    });
    await execution.started;
    await delay(100);
    expect(isTaken).toBe(false);
    expect(await execution.exited).toMatchObject({exitCode: 0});
    await writing;
    await execution.write(Buffer.from('nobody reads this'));
  });

  it('goes on when a program closes its input, output or both', async () => {
    await using sandbox = await test.sandbox();
    const closed = await shell(sandbox, 'exec 0<&- 1>&- 2>&-; sleep 0.1; exit 7', {stdin: Buffer.alloc(MIB)});
    expect(closed).toMatchObject({exitCode: 7, stdout: '', stderr: ''});
  });

  it('delivers what a program wrote just before it was killed', async () => {
    await using sandbox = await test.sandbox();
    const ended = await python(sandbox, 'import os; os.write(1, b"x" * 60000); os.kill(os.getpid(), 9)');
    expect(ended).toMatchObject({signal: 'SIGKILL', stdoutBytes: 60_000});
    expect(ended.stdout).toHaveLength(60_000);
  });
}
