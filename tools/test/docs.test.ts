import {expect, test} from 'vitest';
import {anchorsOf, linksOf} from '../check/docs.ts';

test('links are found in prose and not in code', () => {
  const text = 'See [a](a.md).\n```\n[not](b.md)\n```\n`[nor](c.md)` but [d](d.md#e)\n';
  expect(linksOf(text)).toEqual([
    {target: 'a.md', line: 1},
    {target: 'd.md#e', line: 5},
  ]);
});

test('anchors are made from headings as renderers make them', () => {
  const text = '# 2.1 WRITE\n## What is it, in *short*?\n```\n# no heading\n```\n';
  expect([...anchorsOf(text)]).toEqual(['21-write', 'what-is-it-in-short']);
});
