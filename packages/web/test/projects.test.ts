import {expect, test} from 'vitest';
import {folderTree} from '../src/projects/folder-tree.ts';
import {joinWords, toProgram, toWorkspace} from '../src/projects/program-workspace.ts';
import {routeOf} from '../src/ui/route.ts';
import {splitWords} from '../src/workspace/split-words.ts';

test('words survive the way into the line and back, whatever is in them', () => {
  const words = ['plain', 'two words', '', 'quo"te', "it's", 'back\\slash', '--x=1'];
  expect(splitWords(joinWords(words))).toEqual(words);
});

test('what the editor does not show stays in the program', () => {
  const program = {
    language: 'python',
    files: [
      {path: 'main.py', content: 'x'},
      {path: 'data', contentBase64: '/wA='},
    ],
    entry: 'main.py',
    limits: {wallTimeMs: 2000, processes: 3},
    tests: [{name: 'a', stdin: '1', expected: '2', weight: 5}],
    checker: {kind: 'program' as const, language: 'python', code: 'check'},
  };
  const saved = toProgram(toWorkspace(program), program);
  expect(saved).toMatchObject(program);
});

test('the entry goes with its file', () => {
  const program = {
    language: 'python',
    files: [
      {path: 'a.py', content: ''},
      {path: 'b.py', content: ''},
    ],
    entry: 'b.py',
  };
  const workspace = toWorkspace(program);
  expect(workspace.activePath).toBe('b.py');
  const without = {...workspace, files: workspace.files.filter(({path}) => path !== 'b.py')};
  expect(toProgram(without, program)).not.toHaveProperty('entry');
});

test('paths become a tree with folders first', () => {
  expect(folderTree(['main.py', 'lib/b.py', 'lib/a/c.py'])).toEqual([
    {
      kind: 'folder',
      name: 'lib',
      path: 'lib',
      children: [
        {
          kind: 'folder',
          name: 'a',
          path: 'lib/a',
          children: [{kind: 'file', name: 'c.py', path: 'lib/a/c.py'}],
        },
        {kind: 'file', name: 'b.py', path: 'lib/b.py'},
      ],
    },
    {kind: 'file', name: 'main.py', path: 'main.py'},
  ]);
});

const ID = '01a1fef7-bb01-7a01-8ce9-34c70a845167';
test.each([
  ['', {kind: 'playground'}],
  ['#code=abc', {kind: 'playground'}],
  ['#/', {kind: 'playground'}],
  ['#/keys', {kind: 'keys'}],
  ['#/sign-up/token', {kind: 'sign-up', invitation: 'token'}],
  ['#/reset-password', {kind: 'sign-in'}],
  [`#/projects/${ID}`, {kind: 'project', id: ID, link: null}],
  [`#/projects/${ID}/secret`, {kind: 'project', id: ID, link: 'secret'}],
  ['#/projects/..%2f..', {kind: 'projects'}],
  ['#//evil.example', {kind: 'playground'}],
])('the fragment %j is the page %j', (hash, route) => {
  expect(routeOf(hash)).toEqual(route);
});
