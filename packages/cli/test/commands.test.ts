import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {sandglass} from './support/sandglass.ts';

test('doctor tries every mechanism, runs a program, and exits with 0 where that works', async () => {
  const {exitCode, stdout} = await sandglass(['doctor', '--json']);
  const findings = JSON.parse(stdout);
  expect(findings.proof.kind).toBe('works');
  expect(exitCode).toBe(0);
  expect(findings.probe.mechanisms.length).toBeGreaterThan(5);
  for (const {available, reason, remedy} of findings.probe.mechanisms) {
    if (!available) expect([reason, remedy]).not.toContain('');
  }
});

test('doctor says of each other level what became of a program there, and what would make it stronger', async () => {
  const {stdout} = await sandglass(['doctor', '--json'], {
    env: {SANDGLASS_ISOLATION_GVISOR_RUNSC: '/nowhere/runsc'},
  });
  const {proof, levels} = JSON.parse(stdout);
  expect(proof.isolation.driver).toBe('linux');
  expect(levels.map(({level}: {level: string}) => level)).toEqual(['docker', 'gvisor', 'microvm']);
  // With the settings that a server here would have.
  expect(levels[1].proof).toMatchObject({kind: 'fails', reason: expect.stringContaining('/nowhere/runsc')});
  for (const {proof: other} of levels) {
    if (other.kind === 'fails') expect(other.reason).not.toBe('');
    else for (const {reason, remedy} of other.weaker) expect([reason, remedy]).not.toContain('');
  }
});

test('languages lists what runs here with versions, and why the rest does not', async () => {
  const {stdout} = await sandglass(['languages', '--json']);
  const languages: {id: string; available: boolean; version: string; reason?: string}[] = JSON.parse(stdout);
  expect(languages.find(({id}) => id === 'bash')).toMatchObject({available: true});
  for (const {available, version, reason} of languages) expect(available ? version : reason).toBeTruthy();
});

test('languages install refuses an unknown one, naming those that there are', async () => {
  const {exitCode, stderr} = await sandglass(['languages', 'install', 'klingon']);
  expect(exitCode).toBe(64);
  expect(stderr).toContain('Known languages: ');
});

test('config prints each setting with where it comes from', async () => {
  const {stdout} = await sandglass(['config', '--log-level', 'warn'], {env: {SANDGLASS_PORT: '8123'}});
  expect(stdout).toContain('port = 8123  (environment)');
  expect(stdout).toContain('logLevel = "warn"  (flag)');
});

test('a wrong setting is refused with exit code 78, naming it', async () => {
  const {exitCode, stderr} = await sandglass(['config'], {env: {SANDGLASS_PORT: 'many'}});
  expect(exitCode).toBe(78);
  expect(stderr).toContain('SANDGLASS_PORT');
});

test('help shows examples, and version the version', async () => {
  expect((await sandglass(['help', 'run'])).stdout).toContain('sandglass run hello.py');
  expect((await sandglass(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test('admin makes accounts, invitations and reset links in the database of the server', async () => {
  const env = {SANDGLASS_DATA_DIR: await mkdtemp(join(tmpdir(), 'sandglass-admin-'))};
  try {
    const created = await sandglass(['admin', 'create', 'ada'], {env, stdin: 'correct horse battery\n'});
    expect(created).toMatchObject({exitCode: 0, stdout: 'Made the account ada (admin).\n'});
    const again = await sandglass(['admin', 'create', 'ada'], {env, stdin: 'correct horse battery\n'});
    expect(again).toMatchObject({exitCode: 64, stderr: expect.stringContaining('"ada"')});
    expect((await sandglass(['admin', 'reset-password', 'ada'], {env})).stdout).toMatch(
      /^#\/reset-password\/\S{20,}\n$/,
    );
    expect((await sandglass(['admin', 'reset-password', 'bob'], {env})).exitCode).toBe(69);
    expect((await sandglass(['admin', 'invite'], {env})).stdout).toMatch(/^#\/sign-up\/\S{20,}\n$/);
  } finally {
    await rm(env.SANDGLASS_DATA_DIR, {recursive: true});
  }
});
