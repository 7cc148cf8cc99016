import {readFile} from 'node:fs/promises';
import {ERROR_CODES} from '@sandglass/protocol';
import {describe, expect, it} from 'vitest';
import {SETTINGS} from '../../src/config/settings.ts';
import {HTTP_STATUS} from '../../src/http/problem.ts';

const read = async (name: string) =>
  await readFile(new URL(`../../../../docs/${name}`, import.meta.url), 'utf8');

/** Rows of all tables: cells without their back quotes. */
function rowsOf(markdown: string): string[][] {
  return [...markdown.matchAll(/^\| `(.*)\|$/gm)].map(([, row = '']) =>
    `\`${row}`.split('|').map((cell) => cell.trim().replaceAll('`', '')),
  );
}

describe('docs/configuration.md', () => {
  it('lists every setting with its variable and default, and no other', async () => {
    const listed = rowsOf(await read('configuration.md')).map(([key, variable, , standard]) => [
      key,
      variable,
      standard,
    ]);
    const known = SETTINGS.map(({key, variable, schema}) => [key, variable, JSON.stringify(schema.default)]);
    expect(listed).toEqual(known);
  });
});

describe('docs/errors.md', () => {
  it('lists every code with its status and meaning, and no other', async () => {
    const listed = rowsOf(await read('errors.md')).map(([code, status, meaning]) => [
      code,
      Number(status),
      meaning,
    ]);
    const known = Object.entries(HTTP_STATUS).map(([code, status]) => [code, status]);
    expect(new Map(listed.map(([code, status]) => [code, status]))).toEqual(
      new Map(known as [string, number][]),
    );
    expect(listed.map(([code, , meaning]) => [code, meaning])).toEqual(Object.entries(ERROR_CODES));
  });
});
