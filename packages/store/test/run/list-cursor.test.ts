import fc from 'fast-check';
import {expect, test} from 'vitest';
import {decodeCursor, encodeCursor} from '../../src/run/list-cursor.ts';

test('a cursor leads back to its position', () => {
  fc.assert(
    fc.property(fc.nat(), fc.string({unit: 'grapheme', minLength: 1, maxLength: 20}), (createdAtMs, id) => {
      const position = {createdAtMs, id};
      expect(decodeCursor(encodeCursor(position))).toEqual(position);
    }),
  );
});

test('any other text is refused, or is a cursor in its only spelling', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String()), (cursor) => {
      try {
        expect(encodeCursor(decodeCursor(cursor))).toBe(cursor);
      } catch (error) {
        expect(error).toMatchObject({code: 'invalid-request', fields: [{path: '/cursor'}]});
      }
    }),
  );
});
