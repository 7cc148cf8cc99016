import {describe, expect, it} from 'vitest';
import {readGrants} from '../../src/network/network-permission.ts';
import {TokenBucket} from '../../src/network/token-bucket.ts';

describe('A network permission', () => {
  it('names targets by host, or gives an address a name', () => {
    const grants = readGrants({
      allowInternet: false,
      allow: ['DB.example:5432', 'cache=10.0.0.5:6379', 'six=[fd00::5]:80'],
    });
    expect([...grants]).toEqual([
      ['db.example:5432', 'db.example'],
      ['cache:6379', '10.0.0.5'],
      ['six:80', 'fd00::5'],
    ]);
  });

  it.each(['db', 'name=db.example:80', 'a=b=10.0.0.1:80'])('cannot be %j', (text) => {
    expect(() => readGrants({allowInternet: false, allow: [text]})).toThrow(/network\.allow/);
  });

  it.each([[[]], [[0]], [[70_000]], [[80.5]], [Array.from({length: 17}, (_, index) => index + 1)]])(
    'cannot have the ports %j',
    (internetPorts) => {
      expect(() => readGrants({allowInternet: true, allow: [], internetPorts})).toThrow(
        /network\.internetPorts/,
      );
    },
  );
});

describe('A token bucket', () => {
  it('lets a burst through at once, and then so many in a second', () => {
    let nowMs = 0;
    const bucket = new TokenBucket({burst: 3, perSecond: 2, now: () => nowMs});
    const takeAll = () => {
      let taken = 0;
      while (bucket.take()) taken += 1;
      return taken;
    };
    expect(takeAll()).toBe(3);
    nowMs = 1000;
    expect(takeAll()).toBe(2);
    nowMs = 60_000;
    expect(takeAll()).toBe(3);
  });
});
