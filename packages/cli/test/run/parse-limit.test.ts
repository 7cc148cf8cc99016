import {LIMIT_NAMES} from '@sandglass/protocol';
import {expect, test} from 'vitest';
import {parseLimit} from '../../src/run/parse-limit.ts';

test.each([
  ['wallTimeMs=2000', 'wallTimeMs', 2000],
  ['wallTime=2s', 'wallTimeMs', 2000],
  ['cpuTime=1.5s', 'cpuTimeMs', 1500],
  ['wallTime=1min', 'wallTimeMs', 60_000],
  ['memory=64MiB', 'memoryBytes', 64 * 1024 * 1024],
  ['memoryBytes=64m', 'memoryBytes', 64 * 1024 * 1024],
  ['output=10kB', 'outputBytes', 10_000],
  ['disk=0.5GiB', 'diskBytes', 512 * 1024 * 1024],
  ['processes=8', 'processes', 8],
  ['cpus=0.5', 'cpuCount', 0.5],
])('%s means %s of %d', (text, name, value) => {
  expect(parseLimit(text)).toEqual({name, value});
});

test.each([
  ['memory', 'name=value'],
  ['memroy=1', 'Did you mean memory?'],
  ['memory=many', 'is not a number with KiB'],
  ['memory=-1', 'is not a number'],
  ['memory=64s', 'is not a number'],
  ['wallTime=', 'with ms, s or min'],
  ['processes=8MiB', 'without a unit'],
])('%s is refused: %s', (text, reason) => {
  expect(() => parseLimit(text)).toThrow(reason);
});

test('every limit can be named', () => {
  for (const name of LIMIT_NAMES) expect(parseLimit(`${name}=5`).name).toBe(name);
});
