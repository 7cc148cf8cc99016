import {SandglassError} from '@sandglass/protocol';
import {describe, expect, it} from 'vitest';
import {despiteFaults} from '../../src/probe/despite-faults.ts';

describe('despiteFaults', () => {
  it('does it again after a lost sandbox', async () => {
    let tries = 0;
    const result = await despiteFaults(async () => {
      tries += 1;
      if (tries < 3) throw new SandglassError('sandbox-lost', 'gone');
      return 'proven';
    });
    expect(result).toBe('proven');
    expect(tries).toBe(3);
  });

  it('gives up with the fault when it stays', async () => {
    const fault = new SandglassError('launcher-lost', 'gone');
    await expect(despiteFaults(() => Promise.reject(fault))).rejects.toBe(fault);
  });

  it('does not repeat what no repetition mends', async () => {
    let tries = 0;
    await expect(
      despiteFaults(async () => {
        tries += 1;
        throw new SandglassError('isolation-failed', 'no cgroup');
      }),
    ).rejects.toThrow('no cgroup');
    expect(tries).toBe(1);
  });
});
