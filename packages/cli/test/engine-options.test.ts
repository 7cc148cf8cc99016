import {loadConfig} from '@sandglass/server/config';
import {describe, expect, it} from 'vitest';
import {engineOptions} from '../src/engine-options.ts';

async function settings(env: Record<string, string> = {}) {
  return (await loadConfig({flags: {}, env, cwd: '/'})).config;
}

describe('an engine for the command line', () => {
  it('has the isolation levels of a server with the same settings', async () => {
    const config = await settings({SANDGLASS_ISOLATION_ALLOWED: 'linux,gvisor'});
    expect(engineOptions(config).isolation).toEqual({default: 'auto', allowed: ['linux', 'gvisor']});
  });

  it('has the one that is named, allowed or not, and starts no other', async () => {
    expect(engineOptions(await settings(), {isolation: 'microvm'}).isolation).toEqual({
      default: 'microvm',
      allowed: ['microvm'],
    });
  });

  it.each(['auto', 'nonsense'])('leaves it to the settings when asked for "%s"', async (isolation) => {
    expect(engineOptions(await settings(), {isolation}).isolation?.allowed).toEqual(['linux']);
  });
});
