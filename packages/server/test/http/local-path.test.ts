import {expect, test} from 'vitest';
import {localPath} from '../../src/http/local-path.ts';

test.each(['/', '/#/projects', '/docs?x=1#y'])('%s is a place on this server', (path) => {
  expect(localPath(path)).toBe(path);
});

test.each([
  undefined,
  '',
  'https://evil.example/',
  '//evil.example',
  '/\\evil.example',
  '\\/evil.example',
  'javascript:alert(1)',
  '/\t/evil.example',
  '/\n/evil.example',
  ' //evil.example',
])('%j is none, and leads to the front page', (path) => {
  expect(localPath(path)).toBe('/');
});
