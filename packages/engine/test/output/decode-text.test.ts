import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {decodeText} from '../../src/output/decode-text.ts';

describe('decodeText', () => {
  it('returns valid UTF-8 as text alone', () => {
    const text = 'o "quoted" $HOME \\ ü 漢字 🏖\u0000\n';
    expect(decodeText(Buffer.from(text), {isTruncated: false})).toEqual({text, base64: null});
  });

  it('adds the exact bytes when something was replaced', () => {
    const bytes = Buffer.from([0x61, 0xff, 0x62]);
    expect(decodeText(bytes, {isTruncated: false})).toEqual({text: 'a�b', base64: bytes.toString('base64')});
  });

  it('calls an unfinished character at the end invalid when the program itself stopped there', () => {
    const bytes = Buffer.from('a€').subarray(0, 3);
    expect(decodeText(bytes, {isTruncated: false}).base64).toBe(bytes.toString('base64'));
  });

  it.each(['ü', '€', '🏖'])('leaves out %s where Sandglass cut through it', (character) => {
    const whole = Buffer.from(`ab${character}`);
    for (let length = 3; length < whole.length; length++)
      expect(decodeText(whole.subarray(0, length), {isTruncated: true})).toEqual({text: 'ab', base64: null});
    expect(decodeText(whole, {isTruncated: true}).text).toBe(`ab${character}`);
  });

  it('loses no byte of any output: text or base64 gives it back', () => {
    fc.assert(
      fc.property(fc.uint8Array({maxLength: 40}), (data) => {
        const bytes = Buffer.from(data);
        const {text, base64} = decodeText(bytes, {isTruncated: false});
        const back = base64 === null ? Buffer.from(text) : Buffer.from(base64, 'base64');
        expect(back.equals(bytes)).toBe(true);
      }),
    );
  });
});
