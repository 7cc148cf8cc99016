import {readFileSync} from 'node:fs';
import type {AddressInfo} from 'node:net';
import {createServer} from 'node:net';
import {createEngine} from '@sandglass/engine';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {temporaryDirectory} from './support/temporary-directory.ts';

/** What `programs/look-around.py` prints. */
interface Surroundings {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly descriptors: readonly string[];
  readonly pids: readonly string[];
  readonly root: readonly string[];
  readonly sys: readonly string[] | string;
  readonly home: readonly string[] | string;
  readonly rootHome: readonly string[] | string;
  readonly etc: readonly string[];
  readonly dev: readonly string[];
  readonly interfaces: readonly string[];
  readonly capabilities: readonly string[];
  readonly noNewPrivileges: string;
  readonly seccomp: string;
  readonly hostname: string;
  readonly reach: Readonly<Record<string, boolean>>;
  readonly [attempt: string]: unknown;
}

describe('a program that looks around', () => {
  let engine: Awaited<ReturnType<typeof createEngine>>;
  let seen: Surroundings;
  const directory = temporaryDirectory();
  const hostServer = createServer((socket) => socket.end('secret'));

  beforeAll(async () => {
    engine = await createEngine({dataDir: directory.path});
    await new Promise<void>((resolve) => hostServer.listen(0, '127.0.0.1', resolve));
    process.env.SECRET_OF_THE_HOST = 'secret';
    const result = await engine.run({
      language: 'python',
      code: readFileSync(new URL('programs/look-around.py', import.meta.url), 'utf8'),
      env: {PROBE_PORT: String((hostServer.address() as AddressInfo).port)},
    });
    expect(result.run?.stderr).toBe('');
    seen = JSON.parse(result.run?.stdout ?? '') as Surroundings;
  }, 60_000);

  afterAll(async () => {
    hostServer.close();
    await engine[Symbol.asyncDispose]();
    directory.remove();
  });

  it('row 26: is not root, has no group of the host and no capability', () => {
    expect(seen.uid).toBe(1000);
    expect(seen.gid).toBe(1000);
    expect(seen.groups.filter((group) => group !== 1000)).toEqual([]);
    expect(seen.capabilities.map((set) => BigInt(`0x${set}`))).toEqual([0n, 0n, 0n, 0n, 0n]);
    expect(seen.noNewPrivileges).toBe('1');
    expect(seen.seccomp).toBe('2');
    expect(seen.setuid).toBe('Operation not permitted');
  });

  it('row 25: reaches no host, metadata or internet address', () => {
    expect(seen.reach).toEqual({loopback: false, metadata: false, internet: false});
    expect(seen.interfaces.filter((name) => name !== 'lo')).toEqual([]);
  });

  it('row 28: sees only its own files and processes', () => {
    expect(seen.pids.length).toBeLessThanOrEqual(2);
    expect(seen.cwd).toBe('/work');
    expect(seen.sys).toSatisfy(isAbsentOrEmpty);
    expect(seen.home).toSatisfy(isAbsentOrEmpty);
    expect(seen.rootHome).toSatisfy(isAbsentOrEmpty);
    expect(seen.etc).not.toContain('shadow');
    expect(seen.etc).not.toContain('ssh');
    expect(seen.etc).not.toContain('machine-id');
    for (const name of ['boot', 'srv', 'mnt', 'media', 'var']) expect(seen.root).not.toContain(name);
    expect(seen.hostname).not.toBe(readFileSync('/etc/hostname', 'utf8').trim());
  });

  it('inherits neither environment nor descriptors', () => {
    expect(JSON.stringify(seen.env)).not.toContain('secret');
    expect(seen.descriptors.map(Number).filter((fd) => fd > 3)).toEqual([]);
  });

  it('has a device directory without disks, kernel log or memory', () => {
    const ordinary = [
      'fd',
      'full',
      'null',
      'ptmx',
      'pts',
      'random',
      'shm',
      'stderr',
      'stdin',
      'stdout',
      'tty',
      'urandom',
      'zero',
    ];
    expect(seen.dev.filter((name) => !ordinary.includes(name))).toEqual([]);
    expect(seen.kmsg).not.toBe('done');
  });

  it.each([
    'writeUsr',
    'writeEtc',
    'writeRoot',
    'agentMemory',
    'agentEnviron',
    'sysctl',
    'sysrq',
    'chroot',
    'mknod',
  ])('is refused %s', (attempt) => {
    expect(seen[attempt]).not.toBe('done');
  });
});

function isAbsentOrEmpty(listing: readonly string[] | string): boolean {
  return typeof listing === 'string' || listing.length === 0;
}
