import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {fromShareFragment, toShareFragment} from '../../src/share/share-link.ts';
import {parseWorkspace} from '../../src/workspace/parse-workspace.ts';
import {newWorkspace} from '../../src/workspace/workspace.ts';

describe('share links', () => {
  test('give any code back as it was', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({unit: 'binary', maxLength: 2000}), async (content) => {
        const workspace = {...newWorkspace('python', {path: 'main.py', content}), stdin: content};
        expect(await fromShareFragment(await toShareFragment(workspace))).toEqual(workspace);
      }),
      {numRuns: 50},
    );
  });

  test('of repetitive code are short', async () => {
    const content = 'print("hello")\n'.repeat(200);
    expect((await toShareFragment(newWorkspace('python', {path: 'main.py', content}))).length).toBeLessThan(
      600,
    );
  });

  test.each(['', '#/status', '#code=', '#code=!!!', '#code=AAAA', '#code=eyJ'])(
    'that are none or damaged (%j) give null',
    async (fragment) => {
      expect(await fromShareFragment(fragment)).toBeNull();
    },
  );

  test('that unfold to more than 4 MiB are refused', async () => {
    const bomb = newWorkspace('python', {path: 'main.py', content: 'x'.repeat(5 * 1024 * 1024)});
    expect(await fromShareFragment(await toShareFragment(bomb))).toBeNull();
  });
});

describe('a workspace from outside', () => {
  test.each([
    null,
    1,
    [],
    {},
    {language: 'python'},
    {language: 'python', files: [{path: '../x', content: ''}]},
  ])('without language or file (%j) is none', (value) => {
    expect(parseWorkspace(value)).toBeNull();
  });

  test('gets defaults for whatever is wrong in it', () => {
    const given = {
      language: 'c',
      files: [
        {path: 'a.c', content: 'x'},
        {path: 'a.c', content: 'y'},
      ],
    };
    const parsed = parseWorkspace({...given, mode: 'other', wallTimeSeconds: -1, tests: [1], extra: '<b>'});
    expect(parsed).toEqual({...newWorkspace('c', {path: 'a.c', content: 'x'}), tests: []});
  });
});
