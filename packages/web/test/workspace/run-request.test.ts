import {DEFAULT_COMPILE_LIMITS, DEFAULT_MAX_LIMITS, DEFAULT_RUN_LIMITS} from '@sandglass/protocol';
import {describe, expect, test} from 'vitest';
import {toRunRequest} from '../../src/workspace/run-request.ts';
import {newWorkspace, type Workspace} from '../../src/workspace/workspace.ts';

const workspace: Workspace = {
  ...newWorkspace('c', {path: 'main.c', content: 'int main;'}),
  mode: 'input',
  artifacts: '',
};
const request = (changes: Partial<Workspace> = {}) =>
  toRunRequest(
    {...workspace, ...changes},
    {default: DEFAULT_RUN_LIMITS, compileDefault: DEFAULT_COMPILE_LIMITS, maximum: DEFAULT_MAX_LIMITS},
  );

describe('the request of a workspace', () => {
  test('holds only what differs from the defaults of the server', () => {
    expect(request()).toEqual({
      language: 'c',
      files: [{path: 'main.c', content: 'int main;'}],
    });
  });

  test('takes the time limit for CPU time too, in milliseconds, and memory in bytes', () => {
    const {limits} = request({wallTimeSeconds: 2.5, memoryMib: 64});
    expect(limits).toEqual({wallTimeMs: 2500, cpuTimeMs: 2500, memoryBytes: 64 * 1024 * 1024});
  });

  test('gives a program that is talked to all the time there is, and no more CPU time', () => {
    expect(request({mode: 'terminal'}).limits).toEqual({wallTimeMs: 300_000});
  });

  test('splits arguments and compiler options into words', () => {
    const {args, compilerOptions} = request({args: 'a "b c"', compilerOptions: '-O2'});
    expect({args, compilerOptions}).toEqual({args: ['a', 'b c'], compilerOptions: ['-O2']});
  });

  test('sends prepared input only when that is how it is run', () => {
    expect(request({stdin: 'x', mode: 'input'})).toHaveProperty('stdin', 'x');
    expect(request({stdin: 'x', mode: 'terminal'})).not.toHaveProperty('stdin');
  });

  test('names a test without a name after its number', () => {
    const judged = request({
      mode: 'tests',
      tests: [{name: ' ', stdin: '1', expected: '2'}],
    });
    expect(judged).toMatchObject({
      tests: [{name: 'Test 1', stdin: '1', expected: '2'}],
      checker: {kind: 'trim'},
    });
  });
});
