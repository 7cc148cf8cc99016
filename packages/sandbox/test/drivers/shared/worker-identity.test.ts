import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {expect, it} from 'vitest';
import {
  decodeIdentity,
  encodeIdentity,
  isCertainlyDead,
  ownIdentity,
} from '../../../src/drivers/shared/worker-identity.ts';

it('survives being written down', () => {
  const own = ownIdentity();
  expect(decodeIdentity(encodeIdentity(own))).toEqual(own);
  expect(isCertainlyDead(own)).toBe(false);
});

it.each(['', 'a.b', 'a.b.c.d', 'a.b.1.2.3'])('reads nothing into %j', (text) => {
  expect(decodeIdentity(text)).toBeNull();
});

it("takes a process for dead when it has ended, when its id is another one's now, and after a restart of the machine", async () => {
  const own = ownIdentity();
  const child = spawn('true');
  await once(child, 'close');
  expect(isCertainlyDead({...own, pid: child.pid ?? 0})).toBe(true);
  expect(isCertainlyDead({...own, startTime: '1'})).toBe(true);
  expect(isCertainlyDead({...own, bootId: 'another'})).toBe(true);
});

it('takes nobody for dead whom it cannot look up', () => {
  expect(isCertainlyDead({...ownIdentity(), pidNamespace: '1', startTime: '1'})).toBe(false);
});
