import type {Run} from '@sandglass/protocol';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {ServerProcess} from './support/server-process.ts';

let server: ServerProcess;
beforeAll(async () => {
  server = await ServerProcess.start();
});
afterAll(async () => {
  // Absent when it did not start, which is what the tests then report.
  await server?.[Symbol.asyncDispose]();
});

const python = (code: string, more = {}) => server.run({language: 'python', code, ...more});

describe('a program over HTTP', () => {
  it('row 1: has stdout and stderr apart, whatever they hold', async () => {
    const [out, err] = ['o "quoted" $HOME \\ €', "e 'single' `tick` 日本"];
    const run = await python('import sys\nsys.stdout.write(sys.argv[1])\nsys.stderr.write(sys.argv[2])', {
      args: [out, err],
    });
    expect(run).toMatchObject({
      state: 'finished',
      outcome: 'ok',
      run: {stdout: out, stderr: err, exitCode: 0, signal: null},
    });
    expect(run.run).not.toHaveProperty('stdoutBase64');
  });

  it('row 2: has its exit code or its signal, and neither is our error', async () => {
    expect(await python('raise SystemExit(7)')).toMatchObject({
      outcome: 'runtime-error',
      run: {exitCode: 7, signal: null},
    });
    const crash = await server.run({
      language: 'c',
      code: 'int main(void) { volatile int *p = 0; return *p; }',
    });
    expect(crash).toMatchObject({outcome: 'signaled', run: {exitCode: null, signal: 'SIGSEGV'}});
  });

  it('row 11: that does not compile says so with the compiler’s words, and nothing runs', async () => {
    const run = await server.run({language: 'c', code: 'int main(void) { return nothing; }'});
    expect(run).toMatchObject({outcome: 'compile-error', run: null});
    expect(`${run.compile?.stdout}${run.compile?.stderr}`).toContain('nothing');
    expect(run.diagnostics[0]).toMatchObject({line: 1, severity: 'error'});
  });

  it('row 12: gets its input byte for byte', async () => {
    const stdin = 'a "b"\nc \'d\'\r\n$e \\ €\n\u0001 end without newline';
    expect(await server.run({language: 'bash', code: 'cat', stdin})).toMatchObject({run: {stdout: stdin}});
    const bytes = Buffer.from([0, 255, 10, 13, 128]);
    const run = await server.run({language: 'bash', code: 'cat', stdinBase64: bytes.toString('base64')});
    expect(run.run?.stdoutBase64).toBe(bytes.toString('base64'));
  });

  it('row 16: is told its time and its memory', async () => {
    const slept = await python('import time; time.sleep(0.5)');
    expect(slept.run?.wallTimeMs).toBeGreaterThanOrEqual(500);
    expect(slept.run?.wallTimeMs).toBeLessThan(1000);
    const large = await python('x = bytearray(b"x") * 100_000_000');
    expect(large.run?.memoryPeakBytes).toBeGreaterThanOrEqual(100_000_000);
  });

  it('row 17: that prints 100 MB is cut where it was told, and marked', async () => {
    const run = await python('import sys\nfor _ in range(1600): sys.stdout.write("x" * 65536)', {
      limits: {outputBytes: 1000},
    });
    expect(run.run).toMatchObject({
      stdout: 'x'.repeat(1000),
      stdoutTruncated: true,
      stderrTruncated: false,
      stdoutBytes: 1600 * 65536,
    });
    expect(run.outcome).toBe('ok');
  });

  it.each([
    ['loops', 'while True: pass', {}],
    ['sleeps', 'import time; time.sleep(60)', {}],
  ])('row 18: that %s ends at its wall time, with what it printed before', async (_, tail) => {
    const begin = performance.now();
    const run = await python(`print("before", flush=True)\n${tail}`, {limits: {wallTimeMs: 1000}});
    expect(performance.now() - begin).toBeLessThan(2500);
    expect(run).toMatchObject({
      outcome: 'time-limit',
      explanation: {limit: 'wallTimeMs'},
      run: {stdout: 'before\n'},
    });
  });

  it('row 19: that spins in several processes is stopped by their time together', async () => {
    const code = 'import os\nfor _ in range(2): os.fork()\nwhile True: pass';
    const run = await python(code, {limits: {cpuTimeMs: 600, wallTimeMs: 10_000, cpuCount: 2}});
    expect(run).toMatchObject({outcome: 'time-limit', explanation: {limit: 'cpuTimeMs'}});
  });

  it('row 20: that takes more memory than it may ends with memory-limit, and others do not notice', async () => {
    const [greedy, modest] = await Promise.all([
      python('x = []\nwhile True: x.append(bytearray(10_000_000))', {
        limits: {memoryBytes: 64 * 1024 * 1024},
      }),
      python('import time; time.sleep(0.3); print("fine")'),
    ]);
    expect(greedy.outcome).toBe('memory-limit');
    expect(modest).toMatchObject({outcome: 'ok', run: {stdout: 'fine\n'}});
  });

  it('row 26: is not root, neither when it runs nor when it is compiled', async () => {
    const run = await server.run({language: 'bash', code: 'id -u'});
    expect(run.run?.stdout.trim()).toMatch(/^[1-9]\d*$/);
    const built = await server.run({
      language: 'c',
      code: '#include <stdio.h>\n#include <unistd.h>\nint main(void) { printf("%d", getuid()); }',
    });
    expect(Number(built.run?.stdout)).toBeGreaterThan(0);
  });

  it('row 28: sees only its own files and processes', async () => {
    const run = await server.run({
      language: 'bash',
      code: 'ls; ls /proc | grep -c "^[0-9]"',
      files: [{path: 'data.txt', content: 'x'}],
    });
    const lines = run.run?.stdout.trim().split('\n') ?? [];
    expect(lines.slice(0, -1).sort()).toContain('data.txt');
    expect(Number(lines.at(-1))).toBeLessThan(8);
  });

  it('row 29: leaves nothing behind that the next one could see', async () => {
    await server.run({
      language: 'bash',
      code: 'echo secret > /tmp/left; echo secret > left; sleep 100 & disown',
    });
    const next = await server.run({
      language: 'bash',
      code: 'ls /tmp/left left 2>/dev/null; grep -l "^sleep" /proc/[0-9]*/comm',
    });
    expect(next.run?.stdout).toBe('');
  });
});

describe('row 9: languages', () => {
  it('are found by alias whatever the case, and an unknown one is refused naming the known', async () => {
    expect(await server.run({language: 'PY', code: 'print(1)'})).toMatchObject({language: {id: 'python'}});
    const refused = await server.post('/v1/runs', {language: 'klingon', code: 'x'});
    expect(refused.status).toBe(422);
    expect(((await refused.json()) as {detail: string}).detail).toContain('python');
  });

  it('that are listed as available run their own example', async () => {
    const languages = (await (await server.fetch('/v1/languages')).json()) as {
      id: string;
      available: boolean;
      example: string;
      reason?: string;
    }[];
    expect(languages.length).toBeGreaterThanOrEqual(10);
    for (const {id, available, example, reason} of languages) {
      if (!available) {
        expect(reason, id).toBeTruthy();
        continue;
      }
      const run = await server.run({language: id, code: example, stdin: 'a line of input\n'});
      expect(run, id).toMatchObject({outcome: 'ok'});
      expect(run.run?.stdout, id).toContain('a line of input');
    }
  });
});

describe('row 33: many at once', () => {
  it('ten sleeps of two seconds end in well under twenty, each with its own output', async () => {
    const begin = performance.now();
    const runs = await Promise.all(
      Array.from({length: 10}, (_, index) =>
        python('import time; print(input()); time.sleep(2)', {stdin: `number ${index}\n`}),
      ),
    );
    expect(performance.now() - begin).toBeLessThan(10_000);
    expect(runs.map((run) => run.run?.stdout)).toEqual(runs.map((_, index) => `number ${index}\n`));
  });
});

describe('cancelling', () => {
  it('ends every process within a second', async () => {
    const accepted = await server.submit({
      language: 'python',
      code: 'import os, time\nos.fork()\ntime.sleep(60)',
      limits: {wallTimeMs: 60_000},
    });
    await expect.poll(async () => (await server.get<Run>(`/v1/runs/${accepted.id}`)).state).toBe('running');
    const begin = performance.now();
    const response = await server.fetch(`/v1/runs/${accepted.id}`, {method: 'DELETE'});
    expect(await response.json()).toMatchObject({state: 'finished', outcome: 'cancelled'});
    expect(performance.now() - begin).toBeLessThan(1000);
  });
});

describe('row 41: events of a real program', () => {
  it('come while it runs', async () => {
    const code = 'import time\nfor i in range(3):\n  print(i, flush=True)\n  time.sleep(0.4)';
    const {id} = await server.submit({language: 'python', code});
    const response = await server.fetch(`/v1/runs/${id}/events`);
    const begin = performance.now();
    const times: number[] = [];
    let text = '';
    for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += piece;
      if (piece.includes('event: stdout')) times.push(performance.now() - begin);
    }
    expect(times.length).toBeGreaterThanOrEqual(3);
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(500);
    expect(text).toContain('event: finished\n');
  });
});

describe('a program with a core of its own', () => {
  const code = 'import os; print(*sorted(os.sched_getaffinity(0)))';
  const limits = {cpuPinning: true};

  it('gets one of those that /v1/info lists, also when it waits for its turn, or is refused with the reason', async () => {
    const {cpus} = (await server.get<{cpuPinning: {cpus: readonly number[]}}>('/v1/info')).cpuPinning;
    if (cpus.length === 0) {
      const body = JSON.stringify({language: 'python', code, limits});
      const headers = {'content-type': 'application/json'};
      const refused = await server.fetch('/v1/runs', {method: 'POST', body, headers});
      expect(await refused.json()).toMatchObject({code: 'isolation-unavailable'});
      return;
    }
    const runs = await Promise.all(Array.from({length: 6}, () => python(code, {limits})));
    for (const {run, isolation} of runs) {
      expect(cpus.map((cpu) => `${cpu}\n`)).toContain(run?.stdout);
      expect(isolation.enforced).toContain('cpu-pinning');
    }
  });
});
