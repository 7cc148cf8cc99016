import {describe, expect, it} from 'vitest';
import {DEFAULT_RUN_LIMITS} from '../src/limits.ts';
import {parseRunRequest} from '../src/run-request.ts';

const request = {language: 'python', code: 'x', stdin: 'shared', args: ['a'], limits: {wallTimeMs: 2000}};
const bytes = (text: string) => new TextEncoder().encode(text);

describe('a judged request', () => {
  it('gives each test what it does not say itself from the request around it', () => {
    const {judging} = parseRunRequest({
      ...request,
      tests: [
        {},
        {name: 'own', stdin: '', expectedBase64: 'AP8=', args: [], limits: {cpuTimeMs: 5}, weight: 0},
      ],
    });
    const limits = {...DEFAULT_RUN_LIMITS, wallTimeMs: 2000};
    expect(judging).toEqual({
      tests: [
        {name: '1', stdin: bytes('shared'), expected: null, args: ['a'], limits, weight: 1},
        {
          name: 'own',
          stdin: bytes(''),
          expected: Uint8Array.of(0, 255),
          args: [],
          limits: {...limits, cpuTimeMs: 5},
          weight: 0,
        },
      ],
      checker: {kind: 'trim'},
      interactor: null,
      stopOnFailure: false,
    });
  });

  it('without tests is an ordinary one', () => {
    expect(parseRunRequest({...request, tests: [], checker: {kind: 'exact'}}).judging).toBeNull();
  });

  it.each<[string, object, string]>([
    ['a name twice', {tests: [{name: '2'}, {}]}, '/tests/1/name'],
    ['an unknown field', {tests: [{input: ''}]}, '/tests/0/input'],
    ['both forms of an input', {tests: [{stdin: '', stdinBase64: ''}]}, '/tests/0/stdinBase64'],
    ['an argument with NUL', {tests: [{args: ['\0']}]}, '/tests/0/args/0'],
    ['a limit of zero', {tests: [{limits: {wallTimeMs: 0}}]}, '/tests/0/limits/wallTimeMs'],
    ['a limit above the maximum', {tests: [{limits: {wallTimeMs: 1e9}}]}, '/tests/0/limits/wallTimeMs'],
    ['a negative weight', {tests: [{weight: -1}]}, '/tests/0/weight'],
    ['an unknown checker', {tests: [{}], checker: {kind: 'guess'}}, '/checker'],
    ['an epsilon below zero', {tests: [{}], checker: {kind: 'float', epsilon: -1}}, '/checker'],
    ['a checker without code', {tests: [{}], checker: {kind: 'program', language: 'c'}}, '/checker'],
  ])('is refused for %s, with the place', (_, fields, path) => {
    expect(() => parseRunRequest({...request, ...fields})).toThrow(
      expect.objectContaining({
        fields: expect.arrayContaining([expect.objectContaining({path: expect.stringContaining(path)})]),
      }),
    );
  });

  it('is refused with more tests than a result can hold', () => {
    expect(() => parseRunRequest({...request, tests: Array.from({length: 1001}, () => ({}))})).toThrow(
      '/tests',
    );
  });
});
