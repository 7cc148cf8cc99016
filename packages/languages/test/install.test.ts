import {expect, test} from 'vitest';
import {planInstall} from '../src/install.ts';

test('Installing several languages is one command with each package once', () => {
  const plan = planInstall(['c', 'C++', 'rs', 'cpp']);
  expect(plan.packages).toEqual(['gcc', 'libc6-dev', 'g++', 'rustc']);
  expect(plan.command).toBe(
    'sudo apt-get update && sudo apt-get install --yes --no-install-recommends gcc libc6-dev g++ rustc',
  );
});

test('Languages that come with Sandglass need no step', () => {
  expect(planInstall(['js', 'typescript']).steps).toEqual([]);
});

test('Installing an unknown language names the known ones', () => {
  expect(() => planInstall(['pyton'])).toThrow(/Did you mean "python"\? Known languages: python, javascript/);
});
