import {describe, expect, it} from 'vitest';
import {pinnableCpus} from '../../src/pipeline/pinnable-cpus.ts';

const of = (cpus: readonly number[], setting: string) =>
  pinnableCpus({name: 'linux', pinnableCpus: cpus}, setting);

describe('the cores that runs may reserve', () => {
  it.each<[string, readonly number[], string, readonly number[]]>([
    ['are all but the first by themselves', [0, 1, 2], 'auto', [1, 2]],
    ['are the listed ones', [0, 1, 2, 3, 4], '1-2,4', [1, 2, 4]],
    ['are none when the operator says so', [0, 1], 'none', []],
    ['are none on a machine with one core', [0], 'auto', []],
    ['are none where the driver cannot keep others off', [], 'auto', []],
    ['are none there, though another driver has those that are listed', [], '1', []],
  ])('%s', (_title, there, setting, expected) => {
    const {cpus, whyNone} = of(there, setting);
    expect(cpus).toEqual(expected);
    expect(whyNone === '').toBe(expected.length > 0);
  });

  it.each([
    ['a core that is not there', '7'],
    ['every core', '0-1'],
    ['a range that runs backwards', '1-0'],
    ['a range without end', '0-99999'],
    ['words', 'all'],
    ['nothing', ''],
  ])('are not taken from a list with %s', (_title, setting) => {
    expect(() => of([0, 1], setting)).toThrow(expect.objectContaining({code: 'configuration-invalid'}));
  });
});
