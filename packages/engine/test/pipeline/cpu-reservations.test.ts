import {describe, expect, it} from 'vitest';
import {CpuReservations} from '../../src/pipeline/cpu-reservations.ts';

const ALWAYS = {signal: undefined};

describe('cores that runs reserve', () => {
  it('go to one run each, and to those that wait in the order they came', async () => {
    const cpus = new CpuReservations({cpus: [2, 5], whyNone: ''});
    const first = await cpus.reserve(ALWAYS);
    const second = await cpus.reserve(ALWAYS);
    expect(new Set([first?.cpu, second?.cpu])).toEqual(new Set([2, 5]));
    const order: string[] = [];
    const third = cpus.reserve(ALWAYS).then((lease) => {
      order.push('third');
      return lease;
    });
    const fourth = cpus.reserve(ALWAYS).then((lease) => {
      order.push('fourth');
      return lease;
    });
    second?.[Symbol.dispose]();
    second?.[Symbol.dispose]();
    expect((await third)?.cpu).toBe(second?.cpu);
    expect(order).toEqual(['third']);
    first?.[Symbol.dispose]();
    expect((await fourth)?.cpu).toBe(first?.cpu);
  });

  it('are not waited for by a run that was cancelled', async () => {
    const cpus = new CpuReservations({cpus: [1], whyNone: ''});
    const held = await cpus.reserve(ALWAYS);
    const stop = new AbortController();
    const waiting = cpus.reserve({signal: stop.signal});
    stop.abort();
    expect(await waiting).toBeNull();
    expect(await cpus.reserve({signal: stop.signal})).toBeNull();
    held?.[Symbol.dispose]();
    expect((await cpus.reserve(ALWAYS))?.cpu).toBe(1);
  });
});
