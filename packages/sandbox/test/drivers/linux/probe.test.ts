import {probeLinux} from '@sandglass/sandbox';
import {expect, it} from 'vitest';
import {nativeBuild} from '../../support/native-build.ts';

it('tries every mechanism and has a remedy for each that is missing', async () => {
  const mechanisms = await probeLinux({nativeDir: nativeBuild(), signal: undefined});
  expect(mechanisms.map(({name}) => name)).toEqual(expect.arrayContaining(['pid-namespace', 'seccomp']));
  for (const {name, available, reason, remedy} of mechanisms)
    if (!available) for (const part of [name, reason, remedy]) expect(part).not.toBe('');
});

it('says what to do when there is no launcher', async () => {
  await expect(probeLinux({nativeDir: '/no/such/folder', signal: undefined})).rejects.toThrow(
    /make -C native/,
  );
});
