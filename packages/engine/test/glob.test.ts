import {matchesGlob} from 'node:path';
import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {Glob} from '../src/glob.ts';

const unbounded = () => ({stepsLeft: Number.POSITIVE_INFINITY});

describe('Glob', () => {
  it.each([
    ['*.txt', 'a.txt', true],
    ['*.txt', '.txt', true],
    ['*.txt', 'a.txt.gz', false],
    ['*.txt', 'dir/a.txt', false],
    ['dir/*.txt', 'dir/a.txt', true],
    ['**', 'a/b/c', true],
    ['**/*.txt', 'a.txt', true],
    ['**/*.txt', 'a/b/c.txt', true],
    ['a/**/z', 'a/z', true],
    ['a/**/z', 'a/b/c/z', true],
    ['a/**/z', 'b/z', false],
    ['classes/**', 'classes/p/Main.class', true],
    ['classes/**', 'other/Main.class', false],
    ['plot-?.png', 'plot-1.png', true],
    ['plot-?.png', 'plot-12.png', false],
    ['plot-[0-9].png', 'plot-7.png', true],
    ['plot-[!0-9].png', 'plot-7.png', false],
    ['[]a].txt', '].txt', true],
    ['[open', '[open', true],
    ['a*b*c', 'aXbXbc', true],
    ['?', '🏖', true],
    ['', '', true],
    ['$(rm).txt', '$(rm).txt', true],
  ])('%s and %s: %s', (pattern, path, expected) => {
    expect(new Glob(pattern).matches(path, unbounded())).toBe(expected);
  });

  it('agrees with the usual meaning of stars and question marks', () => {
    const name = fc.stringMatching(/^[ab]{1,4}$/);
    const wild = fc.stringMatching(/^[ab*?]{1,5}$/).filter((part) => !part.includes('**'));
    const pattern = fc.array(fc.oneof(wild, fc.constant('**')), {minLength: 1, maxLength: 4});
    fc.assert(
      fc.property(pattern, fc.array(name, {minLength: 1, maxLength: 5}), (parts, names) => {
        const [glob, path] = [parts.join('/'), names.join('/')];
        expect(new Glob(glob).matches(path, unbounded())).toBe(matchesGlob(path, glob));
      }),
      {numRuns: 2000},
    );
  });

  it('takes time proportional to the lengths for a pattern made to be slow', () => {
    const work = {stepsLeft: 1_000_000};
    expect(new Glob(`${'a*'.repeat(100)}b`).matches('a'.repeat(255), work)).toBe(false);
    expect(work.stepsLeft).toBeGreaterThan(900_000);
  });

  it('matches nothing more once the work allowed for it is used up', () => {
    expect(new Glob('*').matches('a', {stepsLeft: 1})).toBe(false);
  });
});
