import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {type LanguageLab, openLanguageLab} from '../support/language-lab.ts';

/** What tells about the host, its users or its secrets, or is none of a program's business. */
const FORBIDDEN = [
  '/root',
  '/home',
  '/var',
  '/srv',
  '/mnt',
  '/media',
  '/boot',
  '/run',
  '/sys',
  '/etc/shadow',
  '/etc/gshadow',
  '/etc/subuid',
  '/etc/ssh',
  '/etc/sudoers',
  '/etc/fstab',
  '/etc/machine-id',
  '/etc/environment',
  '/etc/ssl/private',
  '/etc/systemd',
  '/etc/cron.d',
  '/usr/local/*',
  '/usr/src/*',
];

describe('Inside the host image', () => {
  let lab: LanguageLab;
  beforeAll(async () => {
    lab = await openLanguageLab();
  });
  afterAll(() => lab[Symbol.asyncDispose]());

  const shell = async (script: string) => {
    const result = await lab.run('bash', script);
    expect(result?.run?.stderr).toBe('');
    return result?.run?.stdout.split('\n').slice(0, -1) ?? [];
  };

  test('nothing of the host but programs and public settings is to be seen', async () => {
    const found = await shell(
      `shopt -s nullglob; for p in ${FORBIDDEN.join(' ')}; do [ -e "$p" ] && echo "$p"; done; true`,
    );
    expect(found).toEqual([]);
  });

  test('the root holds what the image and the driver put there, and no more', async () => {
    const names = await shell('ls -A /');
    const expected = /^(bin|dev|etc|lib|lib32|lib64|libx32|opt|proc|sbin|tmp|usr|work)$/;
    expect(names.filter((name) => !expected.test(name))).toEqual([]);
  });

  test('users, hosts and resolvers are ours', async () => {
    expect(
      await shell(
        'id -un; id -gn; cut -d: -f1 /etc/passwd; cat /etc/resolv.conf; getent hosts localhost | wc -l',
      ),
    ).toEqual(['sandbox', 'sandbox', 'root', 'sandbox', 'nobody', '1']);
  });

  test('nothing in the image can be written', async () => {
    const script =
      'for p in /usr /usr/bin /etc /opt /opt/sandglass /; do touch "$p/x" 2>/dev/null && echo "$p"; done; true';
    expect(await shell(script)).toEqual([]);
  });

  test('time is UTC, text is UTF-8 and public certificates are there', async () => {
    expect(
      await shell('date +%Z; locale charmap; [ -s /etc/ssl/certs/ca-certificates.crt ] && echo yes'),
    ).toEqual(['UTC', 'UTF-8', 'yes']);
  });
});
