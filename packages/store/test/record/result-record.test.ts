import fc from 'fast-check';
import {expect, test} from 'vitest';
import {decodeResult, encodeResult} from '../../src/record/result-record.ts';
import {sampleResult, sampleStep} from '../contract/sample-runs.ts';

/** Around the length from which a text gets a part of its own, and of any UTF-16 content. */
const text = fc.oneof(
  fc.string({unit: 'binary', maxLength: 1_500}),
  fc.nat({max: 1_500}).map((length) => '\ufeff'.repeat(length)),
  fc.array(fc.nat({max: 0xffff}), {maxLength: 1_500}).map((units) => String.fromCharCode(...units)),
);

test('a result comes back as it was, whatever a program printed', () => {
  fc.assert(
    fc.property(text, text, text, (stdout, stderr, contentBase64) => {
      const result = sampleResult({
        compile: sampleStep({stderr, stderrBase64: stdout}),
        run: sampleStep({stdout, stderr, stdoutBase64: contentBase64}),
        artifacts: [{path: 'a', contentBase64, truncated: false}],
      });
      expect(decodeResult(encodeResult(result))).toEqual(result);
    }),
  );
});
