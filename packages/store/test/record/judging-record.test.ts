import {DEFAULT_RUN_LIMITS, type Judging} from '@sandglass/protocol';
import {describe, expect, it} from 'vitest';
import {decodeResult, encodeResult} from '../../src/record/result-record.ts';
import {decodeSpec, encodeSpec} from '../../src/record/spec-record.ts';
import {sampleResult, sampleSpec, sampleStep} from '../contract/sample-runs.ts';

const test = {name: '1', args: ['a'], limits: DEFAULT_RUN_LIMITS, weight: 2};
const judging: Judging = {
  tests: [
    {...test, stdin: Uint8Array.of(0, 255), expected: null},
    {...test, name: '2', stdin: new Uint8Array(), expected: Uint8Array.of(7)},
  ],
  checker: {kind: 'program', language: 'c', code: Uint8Array.of(1, 2)},
  interactor: {language: 'python', code: Uint8Array.of(3)},
  stopOnFailure: true,
};

describe('the record of a judged run', () => {
  it('gives tests, checker and interactor back byte for byte', () => {
    const spec = sampleSpec({judging});
    expect(decodeSpec(encodeSpec(spec), spec.metadata)).toEqual(spec);
  });

  it('gives the results of its tests back', () => {
    const result = {
      ...sampleResult(),
      tests: [
        {name: '1', outcome: 'ok' as const, run: sampleStep({stdout: 'x'.repeat(5000)}), transcript: '> x\n'},
        {name: '2', outcome: 'skipped' as const, run: null},
      ],
      score: {points: 1, possible: 2},
    };
    expect(decodeResult(encodeResult(result))).toEqual(result);
  });
});
