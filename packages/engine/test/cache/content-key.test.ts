import {describe, expect, it} from 'vitest';
import {contentKey} from '../../src/cache/content-key.ts';

describe('contentKey', () => {
  it('is 64 hexadecimal digits and the same for the same parts', () => {
    expect(contentKey(['a', Buffer.from('b')])).toMatch(/^[0-9a-f]{64}$/);
    expect(contentKey(['a', Buffer.from('b')])).toBe(contentKey(['a', 'b']));
  });

  it.each([
    [
      ['ab', 'c'],
      ['a', 'bc'],
    ],
    [['ab'], ['ab', '']],
    [
      ['a', 'b'],
      ['b', 'a'],
    ],
  ])('tells %j from %j', (one, other) => {
    expect(contentKey(one)).not.toBe(contentKey(other));
  });
});
