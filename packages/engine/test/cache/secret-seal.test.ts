import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {SecretSeal} from '../../src/cache/secret-seal.ts';

const seal = new SecretSeal('a secret of more than thirty-two characters');

describe('a sealed record', () => {
  it('gives back what was put in, in one piece', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.uint8Array()), (key, parts) => {
        expect(seal.open(key, seal.seal(key, parts))).toEqual(Buffer.concat(parts));
      }),
    );
  });

  it('is not opened when a single bit of it was changed, or its end is missing', () => {
    const record = seal.seal('key', [Buffer.from('a program')]);
    for (let bit = 0; bit < record.length * 8; bit++) {
      const changed = Buffer.from(record);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(seal.open('key', changed)).toBeNull();
    }
    for (let length = 0; length < record.length; length++)
      expect(seal.open('key', record.subarray(0, length))).toBeNull();
  });

  it('is not opened under another key or with another secret', () => {
    const record = seal.seal('key', [Buffer.from('a program')]);
    expect(seal.open('other key', record)).toBeNull();
    expect(new SecretSeal('another secret of the same kind, but other').open('key', record)).toBeNull();
  });

  it('does not show what is in it, nor that two are the same', () => {
    const [one, two] = [
      seal.seal('key', [Buffer.from('a program')]),
      seal.seal('key', [Buffer.from('a program')]),
    ];
    expect(one.includes('program')).toBe(false);
    expect(one.equals(two)).toBe(false);
  });

  it('is never made of noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({maxLength: 200}), (noise) => {
        expect(seal.open('key', Buffer.from(noise))).toBeNull();
      }),
    );
  });
});
