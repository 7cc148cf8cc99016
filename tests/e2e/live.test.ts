import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {LiveClient} from '../../packages/server/test/support/live-client.ts';
import {ServerProcess} from './support/server-process.ts';

let server: ServerProcess;
beforeAll(async () => {
  server = await ServerProcess.start();
});
afterAll(async () => {
  // Absent when it did not start, which is what the tests then report.
  await server?.[Symbol.asyncDispose]();
});

const python = (code: string, more = {}) => ({
  kind: 'start',
  run: {language: 'python', code, limits: {wallTimeMs: 60_000}},
  ...more,
});

async function inUse(): Promise<number> {
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  const found = /^sandglass_pool_sandboxes\{condition="inUse"\} (\d+)$/m.exec(metrics);
  return Number(found?.[1]);
}

describe('a live run of a real program', () => {
  it('row 13: answers line by line while it runs', async () => {
    await using client = await LiveClient.open(server.url);
    client.say(python('name = input("Who? ")\nprint("Hello", name)'));
    await client.until(() => client.output('stdout').includes('Who? '));
    client.say({kind: 'stdin', data: 'Ünal\n'});
    expect(await client.closed).toBe(1000);
    expect(client.output('stdout').toString()).toBe('Who? Hello Ünal\n');
    expect((await client.hears('finished')).run).toMatchObject({outcome: 'ok', run: {exitCode: 0}});
  });

  it('row 14: has a terminal with echo, size, Ctrl-C and Ctrl-D', async () => {
    await using client = await LiveClient.open(server.url);
    const code = [
      'import os, signal, sys',
      'signal.signal(signal.SIGWINCH, lambda *_: print("now", *os.get_terminal_size(), flush=True))',
      'signal.signal(signal.SIGINT, lambda *_: print("interrupted", flush=True))',
      'print(sys.stdin.isatty(), *os.get_terminal_size(), flush=True)',
      'for line in sys.stdin: pass',
      'print("end of file")',
    ].join('\n');
    const sees = (text: string) => client.until(() => client.output('terminal').includes(text));
    client.say(python(code, {terminal: {columns: 90, rows: 30}}));
    await sees('True 90 30');
    client.say({kind: 'resize', columns: 100, rows: 40});
    await sees('now 100 40');
    client.say({kind: 'stdin', data: 'typed\r'});
    await sees('typed\r\n');
    client.say({kind: 'stdin', data: '\x03'});
    await sees('interrupted');
    client.say({kind: 'stdin', data: '\x04'});
    expect(await client.closed).toBe(1000);
    expect(client.output('terminal').toString()).toContain('end of file');
  });

  it('row 15: is gone within a second when its client is, and its result is stored', async () => {
    await using client = await LiveClient.open(server.url);
    client.say(python('print("ready", flush=True)\nwhile True: pass'));
    await client.until(() => client.output('stdout').includes('ready\n'));
    const {id} = await client.hears('accepted');
    client.socket.terminate();
    const stored = await (await fetch(`${server.url}/v1/runs/${id}?wait=1000`)).json();
    expect(stored).toMatchObject({state: 'finished', outcome: 'cancelled', run: {stdout: 'ready\n'}});
  });

  it('delivers a hundred megabytes byte for byte to a reader that pauses', async () => {
    await using client = await LiveClient.open(server.url);
    client.socket.pause();
    client.say(python('import sys\nfor n in range(100): sys.stdout.write(chr(97 + n % 26) * 1_000_000)'));
    await new Promise((resolve) => setTimeout(resolve, 1000));
    client.socket.resume();
    expect(await client.closed).toBe(1000);
    const output = client.output('stdout');
    expect(output.length).toBe(100_000_000);
    for (let n = 0; n < 100; n++) {
      const piece = output.subarray(n * 1_000_000, (n + 1) * 1_000_000);
      expect(piece.equals(Buffer.alloc(1_000_000, 97 + (n % 26)))).toBe(true);
    }
  });

  it('tells the verdicts of a judged run as they come', async () => {
    await using client = await LiveClient.open(server.url);
    const run = {
      language: 'python',
      code: 'print(int(input()) * 2)',
      tests: [
        {stdin: '2', expected: '4'},
        {stdin: '3', expected: '7'},
      ],
    };
    client.say({kind: 'start', run});
    expect(await client.closed).toBe(1000);
    expect(client.kinds.filter((kind) => kind === 'test')).toHaveLength(2);
    expect((await client.hears('finished')).run).toMatchObject({outcome: 'wrong-answer'});
  });

  it('leaves no sandbox behind', async () => {
    await expect.poll(inUse, {timeout: 3000}).toBe(0);
  });
});

describe('row 32: a thousand tests of which one hangs', () => {
  it('all have a verdict', async () => {
    const tests = Array.from({length: 1000}, (_, n) => ({
      stdin: String(n),
      expected: String(n),
      limits: {wallTimeMs: n === 500 ? 300 : 5000},
    }));
    const code =
      '#include <stdio.h>\nint main(void) { int n; scanf("%d", &n); while (n == 500); printf("%d", n); }';
    const run = await server.run({language: 'c', code, tests});
    expect(run.outcome).toBe('time-limit');
    expect(run.score).toEqual({points: 999, possible: 1000});
    expect(run.tests.filter(({outcome}) => outcome !== 'ok')).toMatchObject([
      {name: '501', outcome: 'time-limit'},
    ]);
  });
});
