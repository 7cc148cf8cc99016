import {DEFAULT_MAX_LIMITS, parseRunRequest} from '@sandglass/protocol';
import {describe, expect, it} from 'vitest';
import {stretchTimes} from '../../src/isolation/stretch-times.ts';

const SLOW = {timeFactor: 18, maxLimits: DEFAULT_MAX_LIMITS};
const spec = (request: object) => parseRunRequest({language: 'c', code: 'int main;', ...request});

describe('limits of time at a level whose programs are slower', () => {
  it('are stretched where the request left them to us, and bounded by what the operator allows', () => {
    const {limits, compileLimits} = stretchTimes(spec({}), SLOW);
    expect(limits).toMatchObject({wallTimeMs: 180_000, cpuTimeMs: 180_000, memoryBytes: 256 * 1024 * 1024});
    expect(compileLimits).toMatchObject({wallTimeMs: DEFAULT_MAX_LIMITS.wallTimeMs});
  });

  it('stay as the request names them, also where it names the default', () => {
    const named = {limits: {wallTimeMs: 10_000}, compileLimits: {cpuTimeMs: 5_000}};
    const {limits, compileLimits} = stretchTimes(spec(named), SLOW);
    expect(limits).toMatchObject({wallTimeMs: 10_000, cpuTimeMs: 180_000});
    expect(compileLimits).toMatchObject({wallTimeMs: 300_000, cpuTimeMs: 5_000});
  });

  it('are those of its run for a test that names none', () => {
    const judged = spec({
      tests: [
        {stdin: '', expected: ''},
        {expected: '', limits: {wallTimeMs: 700}},
      ],
    });
    expect(stretchTimes(judged, SLOW).judging?.tests.map(({limits}) => limits.wallTimeMs)).toEqual([
      180_000, 700,
    ]);
  });

  it('stay as they are elsewhere, and in runs that were stored before it was known who chose them', () => {
    const own = spec({});
    expect(stretchTimes(own, {...SLOW, timeFactor: 1})).toBe(own);
    const {defaultTimes: _, ...old} = own;
    expect(stretchTimes(old, SLOW)).toBe(old);
  });
});
