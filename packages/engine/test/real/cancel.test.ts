import type {EngineEvent} from '@sandglass/protocol';
import {describe, expect, it} from 'vitest';
import {useRealEngine} from '../support/real-engine.ts';

const real = useRealEngine();

describe('cancelling', () => {
  it.each([
    ['a loop in C', 'c', '#include <stdio.h>\nint main(void){puts("so far");fflush(stdout);for(;;);}'],
    ['a sleep in Python', 'python', 'import time\nprint("so far", flush=True)\ntime.sleep(60)'],
    [
      'a daemon that ignores signals',
      'bash',
      "echo 'so far'; trap '' TERM INT HUP; (trap '' TERM; sleep 60) & sleep 60",
    ],
  ])('ends %s within a second and keeps its output', async (_, language, code) => {
    const cancel = new AbortController();
    let cancelledAt = 0;
    const result = await real.run(
      {language, code},
      {
        signal: cancel.signal,
        onEvent: (event) => {
          if (event.kind !== 'output') return;
          cancelledAt = performance.now();
          cancel.abort();
        },
      },
    );
    expect(performance.now() - cancelledAt).toBeLessThan(1000);
    expect(result).toMatchObject({
      outcome: 'cancelled',
      run: {stdout: 'so far\n', exitCode: null, signal: 'SIGKILL'},
      explanation: {code: 'cancelled'},
    });
  });

  it('ends a compile at once and runs nothing', async () => {
    const cancel = new AbortController();
    const code =
      '#include <regex>\n#include <iostream>\nint main() { std::cout << std::regex_match("a", std::regex("a")); }';
    const startedAt = performance.now();
    setTimeout(() => cancel.abort(), 100);
    const result = await real.run({language: 'cpp', code}, {signal: cancel.signal});
    expect(performance.now() - startedAt).toBeLessThan(1100);
    expect(result).toMatchObject({outcome: 'cancelled', run: null});
  });

  it('starts nothing for a signal that was aborted before', async () => {
    const events: EngineEvent[] = [];
    const result = await real.run(
      {language: 'python', code: 'print(1)'},
      {signal: AbortSignal.abort(), onEvent: (event) => void events.push(event)},
    );
    expect(result).toMatchObject({outcome: 'cancelled', compile: null, run: null});
    expect(events).toEqual([]);
  });

  it('does not wait for a reader that has stopped reading', async () => {
    const cancel = new AbortController();
    const stuck = new Promise<void>(() => undefined);
    const startedAt = performance.now();
    setTimeout(() => cancel.abort(), 200);
    const result = await real.run(
      {language: 'python', code: 'while True: print("x" * 1000)'},
      {signal: cancel.signal, onEvent: (event) => (event.kind === 'output' ? stuck : undefined)},
    );
    expect(performance.now() - startedAt).toBeLessThan(1200);
    expect(result.outcome).toBe('cancelled');
    expect(result.run?.stdout.startsWith('xxx')).toBe(true);
  });

  it('gives the result of a program that ended before', async () => {
    const cancel = new AbortController();
    const result = await real.run({language: 'python', code: 'print(1)'}, {signal: cancel.signal});
    cancel.abort();
    expect(result.outcome).toBe('ok');
  });
});

describe('events', () => {
  it('come in order, each once, with all output before the result', async () => {
    const events: EngineEvent[] = [];
    const code =
      '#include <stdio.h>\nint main(void){for(int i=0;i<20000;i++)printf("%d\\n",i);fputs("end",stderr);}';
    const result = await real.run({language: 'c', code}, {onEvent: (event) => void events.push(event)});
    const kinds = events.map((event) => (event.kind === 'state' ? event.state : event.kind));
    expect(kinds.slice(0, 3)).toEqual(['compiling', 'compiled', 'running']);
    expect(new Set(kinds.slice(3))).toEqual(new Set(['output']));
    const text = (stream: string) =>
      Buffer.concat(
        events.flatMap((event) => (event.kind === 'output' && event.stream === stream ? [event.data] : [])),
      ).toString();
    expect(text('stdout')).toBe(result.run?.stdout);
    expect(text('stderr')).toBe('end');
    const times = events.flatMap((event) => (event.kind === 'output' ? [event.atMs] : []));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it('row 14: arrive while the program runs', async () => {
    const firstSeenAt = new Map<string, number>();
    const code = 'import time\nfor i in range(3):\n  print(i)\n  time.sleep(0.3)';
    const onEvent = (event: EngineEvent) => {
      if (event.kind !== 'output') return;
      for (const character of Buffer.from(event.data).toString())
        if (!firstSeenAt.has(character)) firstSeenAt.set(character, event.atMs);
    };
    await real.run({language: 'python', code}, {isLive: true, onEvent});
    const at = (digit: string) => firstSeenAt.get(digit) ?? 0;
    expect(at('1') - at('0')).toBeGreaterThan(250);
    expect(at('2') - at('1')).toBeGreaterThan(250);
  });

  it('hold the program back while a reader is slow, and lose nothing', async () => {
    let bytes = 0;
    const result = await real.run(
      {
        language: 'python',
        code: 'import sys\nsys.stdout.write("x" * 2_000_000)',
        limits: {outputBytes: 4_000_000},
      },
      {
        onEvent: async (event) => {
          if (event.kind !== 'output') return;
          bytes += event.data.length;
          await new Promise((resolve) => setTimeout(resolve, 5));
        },
      },
    );
    expect(bytes).toBe(2_000_000);
    expect(result.run?.stdoutBytes).toBe(2_000_000);
  });

  it('end the run with the error of a reader that fails', async () => {
    const failing = () => {
      throw new Error('reader broke');
    };
    await expect(real.run({language: 'python', code: 'print(1)'}, {onEvent: failing})).rejects.toThrow(
      'reader broke',
    );
    const failingLater = async (event: EngineEvent) => {
      if (event.kind === 'output') throw new Error('reader broke');
    };
    const endless = real.run({language: 'python', code: 'while True: print(1)'}, {onEvent: failingLater});
    await expect(endless).rejects.toThrow('reader broke');
  });
});
