import {describe, expect, it} from 'vitest';
import {trustedProxies} from '../../src/http/trusted-proxies.ts';

describe('proxies that are believed', () => {
  it('are none unless some are named', () => {
    expect(trustedProxies([])).toBe(false);
  });

  it('are addresses, networks and ranges with a name', () => {
    const setting = ['192.0.2.7', '10.0.0.0/8', 'fd00::/8', 'uniquelocal'];
    expect(trustedProxies(setting)).toEqual(setting);
  });

  it.each(['proxy', '10.0.0.0/33', '10.0.0/8', '::1/129', '10.0.0.0/8/8', ''])('are not "%s"', (entry) => {
    expect(() => trustedProxies([entry])).toThrow(/accounts\.trustedProxies: it is no address/);
  });
});
