import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {packRecord, unpackRecord} from '../../src/record/record-format.ts';

describe('a record', () => {
  test('gives back its head and parts, whatever they are', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.array(fc.uint8Array({maxLength: 200})), (head, parts) => {
        const record = packRecord(head, parts);
        const unpacked = unpackRecord(record);
        expect(unpacked.head).toEqual(JSON.parse(JSON.stringify(head)));
        expect(unpacked.parts.map((part) => [...part])).toEqual(parts.map((part) => [...part]));
      }),
    );
  });

  test('has the documented layout, which other programs and databases rely on', () => {
    const record = packRecord({a: 1}, [Uint8Array.of(1, 2, 3), new Uint8Array()]);
    expect(Buffer.from(record).toString('latin1')).toBe(
      `SGR\u0001${'\u0007\0\0\0'}${'\u0002\0\0\0'}${'\u0003\0\0\0'}${'\0\0\0\0'}{"a":1}\u0001\u0002\u0003`,
    );
  });

  test('that was cut anywhere is refused', () => {
    const record = packRecord({text: 'x'.repeat(50)}, [new Uint8Array(20)]);
    for (let length = 0; length < record.byteLength; length++)
      expect(() => unpackRecord(record.subarray(0, length))).toThrow(
        expect.objectContaining({code: 'store-failed'}),
      );
  });

  test('with any byte changed is read or refused as damaged, never anything else', () => {
    const record = packRecord({text: 'héllo'}, [new Uint8Array(8), new Uint8Array(3)]);
    fc.assert(
      fc.property(fc.nat({max: record.byteLength - 1}), fc.integer({min: 0, max: 255}), (at, value) => {
        const changed = record.slice();
        changed[at] = value;
        try {
          unpackRecord(changed);
        } catch (error) {
          expect(error).toMatchObject({code: 'store-failed'});
        }
      }),
      {numRuns: 2_000},
    );
  });
});
