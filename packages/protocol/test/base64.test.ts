import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {decodeBase64} from '../src/base64.ts';

describe('base64', () => {
  it('decodes what any encoder writes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(decodeBase64(Buffer.from(bytes).toString('base64'))).toEqual(bytes);
      }),
    );
  });

  it('accepts one spelling of each content only', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
        const bytes = decodeBase64(text);
        if (bytes !== null) expect(Buffer.from(bytes).toString('base64')).toBe(text);
      }),
    );
  });

  it.each(['A', 'AA', 'AAA', 'A===', '====', 'AB==', 'AAB=', 'AA-_', 'AAAA\n', ' AAA', 'AA=A', '€€€€'])(
    'refuses %j',
    (text) => {
      expect(decodeBase64(text)).toBeNull();
    },
  );
});
