import {type DriverName, SandglassError} from '@sandglass/protocol';
import {describe, expect, it} from 'vitest';
import type {Level} from '../../src/isolation/level.ts';
import {Levels} from '../../src/isolation/levels.ts';

const NO_DAEMON = new SandglassError('isolation-unavailable', 'The docker daemon does not answer.');

/** Choosing looks at nothing but the name; the rest is used by runs only. */
function level(name: DriverName, ready = 1): Level {
  return {
    name,
    isolation: {driver: name, enforced: ['memory'], weaker: []},
    weaker: [],
    poolStats: {ready, creating: 0, inUse: 2, waiting: 0, target: 4},
  } as unknown as Level; // Only these three are looked at.
}

describe('choosing an isolation level', () => {
  it('gives the strongest level that was started to runs that name none', () => {
    const levels = new Levels([level('gvisor'), level('linux'), level('docker')], [], 'auto');
    expect(levels.choose('auto').name).toBe('gvisor');
    expect(levels.choose('linux').name).toBe('linux');
  });

  it('gives the level that the operator prefers, though a stronger one was started', () => {
    const levels = new Levels([level('linux'), level('gvisor')], [], 'linux');
    expect(levels.choose('auto').name).toBe('linux');
    expect(levels.choose('gvisor').name).toBe('gvisor');
  });

  it('falls back to a weaker level only for auto, and never gives less than was named', () => {
    const levels = new Levels([level('linux')], [{name: 'docker', error: NO_DAEMON}], 'auto');
    expect(levels.choose('auto').name).toBe('linux');
    expect(() => levels.choose('docker')).toThrow(/could not be started\. The docker daemon does not answer/);
    expect(() => levels.choose('microvm')).toThrow(
      expect.objectContaining({
        code: 'isolation-unavailable',
        fields: [expect.objectContaining({path: '/isolation'})],
      }),
    );
  });

  it('starts no engine without the preferred level, saying what kept it', () => {
    const failed = [{name: 'docker', error: NO_DAEMON}] as const;
    expect(() => new Levels([level('linux')], failed, 'docker')).toThrow(NO_DAEMON);
    expect(() => new Levels([], failed, 'auto')).toThrow(NO_DAEMON);
    expect(() => new Levels([level('linux')], [], 'gvisor')).toThrow(/not in isolation\.allowed/);
  });

  it('tells of every level whether it is to be had, and adds the pools up', () => {
    const levels = new Levels(
      [level('linux', 3), level('gvisor', 2)],
      [{name: 'docker', error: NO_DAEMON}],
      'auto',
    );
    expect(levels.facts.map(({name, kind}) => `${name} ${kind}`)).toEqual([
      'linux available',
      'docker unavailable',
      'gvisor available',
      'kubernetes unavailable',
      'microvm unavailable',
    ]);
    expect(levels.facts.filter((facts) => facts.kind === 'available' && facts.isDefault)).toMatchObject([
      {name: 'gvisor'},
    ]);
    expect(levels.poolStats).toEqual({ready: 5, creating: 0, inUse: 4, waiting: 0, target: 8});
  });
});
