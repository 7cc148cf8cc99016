import {constants} from 'node:os';
import {signalName, signalNumber} from '@sandglass/protocol/agent';
import {describe, expect, it} from 'vitest';

describe('the signal table', () => {
  it('agrees with the numbers of this Linux', () => {
    // Aliases: the table keeps one name per number.
    const aliases = new Set(['SIGIOT', 'SIGPOLL', 'SIGUNUSED', 'SIGCLD', 'SIGINFO', 'SIGLOST', 'SIGBREAK']);
    for (const [name, number] of Object.entries(constants.signals)) {
      if (aliases.has(name)) continue;
      expect([name, signalNumber(name)]).toEqual([name, number]);
      expect(signalName(number)).toBe(name);
    }
  });

  it('names every number from 1 to 64 and finds real-time ones back', () => {
    for (let number = 34; number <= 64; number += 1) expect(signalNumber(signalName(number))).toBe(number);
    expect(signalName(32)).toBe('SIG32');
  });

  it.each(['', 'TERM', 'SIGFOO', 'SIGRTMIN+31', 'SIGRTMIN-1', 'sigterm', 'constructor'])(
    'knows no number for %j',
    (name) => {
      expect(signalNumber(name)).toBeUndefined();
    },
  );
});
