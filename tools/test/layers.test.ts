import {expect, test} from 'vitest';
import {ALLOWED_IMPORTS, checkLayers, importProblem, importsOf} from '../check/layers.ts';
import {projectFiles} from '../project-files.ts';

test.each([
  ['packages/engine/src/a.ts', '@sandglass/protocol'],
  ['packages/engine/src/pipeline/a.ts', '../outcome/classify.ts'],
  ['packages/sandbox/src/a.ts', '@sandglass/protocol/agent'],
  ['packages/protocol/src/a.ts', 'typebox/compile'],
  ['packages/protocol/src/a.ts', 'node:fs'],
])('%s may import %s', (path, target) => {
  expect(importProblem(path, target)).toBeNull();
});

test.each([
  ['packages/protocol/src/a.ts', '@sandglass/engine', 'may import only: no other package'],
  ['packages/web/src/a.ts', '@sandglass/server', 'may import only: protocol, client'],
  ['packages/engine/src/a.ts', '../../server/src/b.ts', "lies outside the package's src"],
  ['packages/engine/src/a.ts', './index.ts', 'its own index'],
  ['packages/engine/src/a.ts', '@sandglass/engine', 'its own package by name'],
  ['packages/engine/src/a.ts', '@sandglass/protocol/src/run.ts', 'does not export'],
  ['packages/engine/src/a.ts', 'fastify', 'does not declare fastify'],
])('%s may not import %s', (path, target, reason) => {
  expect(importProblem(path, target)).toContain(reason);
});

test('imports are found in every form, with their line', () => {
  const source =
    "import a from 'a';\nimport {\n  b,\n} from 'b';\nexport {c} from 'c';\nimport 'd';\nawait import('e');\n";
  expect(importsOf(source)).toEqual([
    {target: 'a', line: 1},
    {target: 'b', line: 4},
    {target: 'c', line: 5},
    {target: 'd', line: 6},
    {target: 'e', line: 7},
  ]);
});

test('every package has a layer', () => {
  const names = projectFiles('packages/*/package.json').map((path) => path.split('/')[1] ?? '');
  expect(Object.keys(ALLOWED_IMPORTS)).toEqual(expect.arrayContaining(names));
});

test('the sources of this project keep the layers', () => {
  expect(checkLayers()).toEqual([]);
});
