import {describe, expect, it} from 'vitest';
import {checkNetwork} from '../src/check-network.ts';

const ALLOWED = {allowInternet: false, allow: ['10.20.30.40:80', 'db=10.0.0.5:5432']};
const WITH = {name: 'linux', hasEveryAddress: true} as const;
const WITHOUT = {name: 'docker', hasEveryAddress: false} as const;

describe('A network of single targets', () => {
  it('may have an address where sandboxes have every address', () => {
    expect(() => checkNetwork({network: {allow: ['10.20.30.40:80']}}, ALLOWED, WITH)).not.toThrow();
  });

  it('is refused with an address where they have not, and told to use a name', () => {
    expect(() => checkNetwork({network: {allow: ['10.20.30.40:80']}}, ALLOWED, WITHOUT)).toThrow(
      expect.objectContaining({
        code: 'network-not-allowed',
        message: expect.stringMatching(/"docker".*by name only.*name=10\.20\.30\.40:80/),
      }),
    );
    expect(() => checkNetwork({network: {allow: ['db:5432']}}, ALLOWED, WITHOUT)).not.toThrow();
  });

  it.each(['0177.0.0.1:80', '2130706433:80', '0x7f000001:80', '10.20.30.040:80', '10.20.30.40:080:80'])(
    'is refused as %s, which is no way to write what the operator listed',
    (target) => {
      const allowed = {...ALLOWED, allow: [...ALLOWED.allow, '127.0.0.1:80']};
      expect(() => checkNetwork({network: {allow: [target]}}, allowed, WITH)).toThrow(
        expect.objectContaining({code: expect.stringMatching(/^(network-not-allowed|invalid-request)$/)}),
      );
    },
  );
});
