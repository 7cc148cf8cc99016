import {execFileSync} from 'node:child_process';
import {chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {fetchedRunsc, fetchRunsc} from '@sandglass/sandbox';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {GvisorPlace, hasGvisor, newerRunsc} from './support/gvisor-setup.ts';

describe('A fetched gVisor', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sg-runsc-'));
  });
  afterEach(() => rmSync(folder, {recursive: true}));

  const put = (version: string, script: string): string => {
    const path = join(folder, version, 'usr/bin/runsc');
    mkdirSync(dirname(path), {recursive: true});
    writeFileSync(path, script);
    chmodSync(path, 0o755);
    return path;
  };

  it('is the newest of those that are there, and none where nothing was fetched', async () => {
    expect(await fetchedRunsc(join(folder, 'nowhere'))).toBeNull();
    expect(await fetchedRunsc(folder)).toBeNull();
    put('0.0~20240729.0-4', '');
    const path = put('0.0~20251103.0-1', '');
    mkdirSync(join(folder, '.new-abc'));
    expect(await fetchedRunsc(folder)).toEqual({path, version: '0.0~20251103.0-1'});
  });

  it.each([
    ['a mirror that is no address', {mirror: 'nowhere'}],
    ['a mirror that would be more than an address', {mirror: 'http://deb.debian.org/debian [trusted=yes]'}],
    ['a mirror of files', {mirror: 'file:///srv/debian'}],
    ['a suite that would be more than a name', {suite: 'trixie main\ndeb http://x y'}],
  ])('is not fetched from %s', async (_title, source) => {
    await expect(fetchRunsc({folder, ...source, signal: undefined})).rejects.toMatchObject({
      code: 'invalid-request',
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is not fetched from a mirror that does not answer, which leaves nothing behind', async () => {
    await expect(
      fetchRunsc({folder, mirror: 'http://127.0.0.1:9/debian', signal: undefined}),
    ).rejects.toMatchObject({code: 'isolation-unavailable', message: expect.stringContaining('127.0.0.1:9')});
    expect(readdirSync(folder)).toEqual([]);
  }, 60_000);

  it('is not fetched further once nobody wants it, which leaves nothing behind', async () => {
    const stop = new AbortController();
    const fetching = fetchRunsc({folder, signal: stop.signal});
    stop.abort(new Error('enough'));
    await expect(fetching).rejects.toThrow('enough');
    expect(readdirSync(folder)).toEqual([]);
  });

  it.skipIf(!hasGvisor)('is used before the one in PATH, which stands in where it runs nothing', async () => {
    using place = new GvisorPlace();
    put('9.0', '#!/bin/sh\nexit 1\n');
    const said: string[] = [];
    await using driver = await place.driver({
      fetchedIn: folder,
      platform: 'ptrace',
      onLog: (line) => said.push(line),
    });
    expect(driver.isolation.driver).toBe('gvisor');
    expect(said.filter((line) => line.includes('9.0/usr/bin/runsc') && !line.endsWith(': runs'))).not.toEqual(
      [],
    );
    expect(said.at(-1)).toMatch(/^gVisor \(runsc, .*: runs$/);
  });

  it.skipIf(!hasGvisor)('runs sandboxes on systrap where this machine has that', async ({skip}) => {
    const newer = await newerRunsc();
    if (newer === null) return skip('it could not be fetched, as was said above');
    using place = new GvisorPlace();
    await using driver = await place.driver({fetchedIn: dirname(dirname(dirname(dirname(newer.path))))});
    expect(driver.isolation.enforced).toContain('platform-systrap');
    expect(driver.isolation.weaker.map(({mechanism}) => mechanism)).not.toContain('platform');
    expect(execFileSync(newer.path, ['--version'], {encoding: 'utf8'})).toMatch(/^runsc version 0\.0~20/);
  });
});
