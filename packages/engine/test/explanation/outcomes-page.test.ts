import {readFile} from 'node:fs/promises';
import {OUTCOMES} from '@sandglass/protocol';
import {expect, it} from 'vitest';
import {EXPLANATION_CODES} from '../../src/explanation/codes.ts';

const page = await readFile(new URL('../../../../docs/outcomes.md', import.meta.url), 'utf8');
const [decision = '', codes = ''] = page.split('## Codes of explanations');
const rows = (text: string) =>
  [...text.matchAll(/^\| `([a-z-]+)` \| (.*) \|$/gm)].map(([, name, words]) => [name, words]);

it('docs/outcomes.md lists every code of an explanation with its meaning, and no other', () => {
  expect(rows(codes)).toEqual(Object.entries(EXPLANATION_CODES));
});

it('docs/outcomes.md lists the outcomes that a run without tests can have', () => {
  const listed = rows(decision).map(([name]) => name);
  expect(listed.toSorted()).toEqual(OUTCOMES.filter((outcome) => outcome !== 'wrong-answer').toSorted());
});
