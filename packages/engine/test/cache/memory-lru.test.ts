import {describe, expect, it} from 'vitest';
import {MemoryLru} from '../../src/cache/memory-lru.ts';

describe('MemoryLru', () => {
  it('drops what was not asked for the longest once the bound is passed', () => {
    const lru = new MemoryLru<string>(30);
    for (const key of ['a', 'b', 'c']) lru.set(key, key, 10);
    lru.get('a');
    lru.set('d', 'd', 10);
    expect(['a', 'b', 'c', 'd'].map((key) => lru.get(key))).toEqual(['a', undefined, 'c', 'd']);
    expect(lru.bytes).toBe(30);
  });

  it('does not keep a value larger than its bound, nor an older value of that key', () => {
    const lru = new MemoryLru<string>(30);
    lru.set('a', 'small', 10);
    lru.set('a', 'large', 31);
    expect(lru.get('a')).toBeUndefined();
    expect(lru.bytes).toBe(0);
  });

  it('counts a replaced value once', () => {
    const lru = new MemoryLru<string>(30);
    lru.set('a', '1', 20);
    lru.set('a', '2', 25);
    expect([lru.get('a'), lru.bytes]).toEqual(['2', 25]);
  });
});
