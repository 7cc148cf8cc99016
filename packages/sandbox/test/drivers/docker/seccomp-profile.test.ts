import {readFileSync} from 'node:fs';
import {expect, it} from 'vitest';
import {ALLOWED_CALLS, SECCOMP_PROFILE} from '../../../src/drivers/docker/seccomp-profile.ts';

const NATIVE = new URL('../../../../../native/agent/', import.meta.url);

/** Names after SYS_ between two marks of a C file. */
function callsIn(file: string, from: string, to: string): string[] {
  const text = readFileSync(new URL(file, NATIVE), 'utf8');
  const start = text.indexOf(from);
  const part = text.slice(start, text.indexOf(to, start));
  return [...part.matchAll(/SYS_(\w+)/g)].map(([, name = '']) => name);
}

it('allows a container exactly what the programs in it may call at most', () => {
  const allowed = callsIn('seccomp_policy.c', 'seccomp_allowed[] = {', '};');
  const checked = callsIn('seccomp.c', 'checked[] = {', '};');
  expect([...ALLOWED_CALLS].sort()).toEqual([...new Set([...allowed, ...checked])].sort());
  expect(checked.length).toBeGreaterThan(0);
});

it('lets nothing that is not listed exist', () => {
  const profile = JSON.parse(SECCOMP_PROFILE);
  expect(profile).toMatchObject({defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 38});
  for (const call of ['mount', 'unshare', 'bpf', 'ptrace', 'io_uring_setup', 'keyctl', 'clone3'])
    expect(ALLOWED_CALLS).not.toContain(call);
});
