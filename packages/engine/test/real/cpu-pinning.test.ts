import type {RunRequest} from '@sandglass/protocol';
import {describe, expect, it} from 'vitest';
import {useRealEngine} from '../support/real-engine.ts';

const real = useRealEngine();

/** The cores that the program may use, and when it ran, on the clock that all sandboxes of a machine share. */
const WHERE_AND_WHEN = `import os, time
begun = time.monotonic_ns()
while time.monotonic_ns() < begun + 50_000_000: pass
print(*sorted(os.sched_getaffinity(0)), ":", begun, time.monotonic_ns())`;

const PINNED: RunRequest = {language: 'python', code: WHERE_AND_WHEN, limits: {cpuPinning: true}};

function parse(stdout = '') {
  const [cores = '', times = ''] = stdout.split(':');
  const [begun = Number.NaN, ended = Number.NaN] = times.trim().split(' ').map(Number);
  return {cores: cores.trim().split(' ').map(Number), begun, ended};
}

/** Whether this machine can give cores away; as an ordinary user without delegated control groups it cannot. */
const canPin = () => real.engine.pinnableCpus.length > 0;

describe('a run with a core of its own', () => {
  it('has one core that the engine offers, and its result says so', async () => {
    if (!canPin()) {
      await expect(real.run(PINNED)).rejects.toMatchObject({code: 'isolation-unavailable'});
      return;
    }
    const result = await real.run(PINNED);
    expect(result.isolation.enforced).toContain('cpu-pinning');
    const {cores} = parse(result.run?.stdout);
    expect(cores).toHaveLength(1);
    expect(real.engine.pinnableCpus).toContain(cores[0]);
    const unpinned = await real.run({language: 'python', code: WHERE_AND_WHEN});
    expect(unpinned.isolation.enforced).not.toContain('cpu-pinning');
  });

  it('never shares it: more runs than cores wait for one another, and unpinned ones are kept off', async () => {
    if (!canPin()) return;
    const count = real.engine.pinnableCpus.length + 3;
    const results = await Promise.all(Array.from({length: count}, () => real.run(PINNED)));
    const spans = results.map((result) => parse(result.run?.stdout));
    for (const [index, one] of spans.entries())
      for (const other of spans.slice(index + 1)) {
        if (one.cores[0] !== other.cores[0]) continue;
        expect(one.ended < other.begun || other.ended < one.begun).toBe(true);
      }
    expect(spans.every(({cores}) => cores.length === 1)).toBe(true);
  });

  it('keeps it over all tests of a judged run, which follow one another', async () => {
    if (!canPin()) return;
    const tests = Array.from({length: 6}, () => ({stdin: ''}));
    const result = await real.run({...PINNED, tests});
    expect(result.tests.map(({outcome}) => outcome)).toEqual(tests.map(() => 'ok'));
    const spans = result.tests.map(({run}) => parse(run?.stdout));
    expect(new Set(spans.map(({cores}) => cores.join()))).toHaveProperty('size', 1);
    for (const [index, span] of spans.slice(1).entries())
      expect(span.begun).toBeGreaterThan(spans[index]?.ended ?? Number.NaN);
  });

  it('gives it back when it is cancelled while it runs or waits', async () => {
    if (!canPin()) return;
    const forever: RunRequest = {...PINNED, code: 'while True: pass'};
    const stop = new AbortController();
    const started = Promise.withResolvers<void>();
    const runs = real.engine.pinnableCpus.concat(0).map(() =>
      real.run(forever, {
        signal: stop.signal,
        onEvent: (event) => void (event.kind === 'state' && event.state === 'running' && started.resolve()),
      }),
    );
    await started.promise;
    stop.abort();
    for (const result of await Promise.all(runs)) expect(result.outcome).toBe('cancelled');
    expect(await real.run(PINNED)).toMatchObject({outcome: 'ok'});
  });
});
