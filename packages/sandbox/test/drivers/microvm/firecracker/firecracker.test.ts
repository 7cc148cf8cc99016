import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {MicrovmDriver, type MicrovmDriverOptions} from '@sandglass/sandbox';
import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest';
import {encodeIdentity, ownIdentity} from '../../../../src/drivers/shared/worker-identity.ts';
import {nativeBuild} from '../../../support/native-build.ts';
import {shell} from '../../../support/run-in.ts';
import {descendants, isRunning, programOf} from '../../linux/support/linux-traces.ts';
import {machineGroups} from '../support/microvm-traces.ts';

const LIMITS = {memoryBytes: 256 * 1024 * 1024, processes: 64, cpuCount: 1, diskBytes: 16 * 1024 * 1024};
const KIND = {image: 'host', network: 'none'} as const;
const isRoot = process.getuid?.() === 0;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sg-fc-'));
  for (const program of ['firecracker', 'jailer']) {
    const script = fileURLToPath(new URL(`support/played-${program}.ts`, import.meta.url));
    writeFileSync(join(folder, program), `#!${process.execPath}\nimport(${JSON.stringify(script)});\n`);
    chmodSync(join(folder, program), 0o755);
  }
  mkdirSync(join(folder, 'modules', 'kernel'), {recursive: true});
  writeFileSync(
    join(folder, 'vmlinux'),
    Buffer.concat([Buffer.from('\x7fELF', 'latin1'), Buffer.alloc(4096)]),
  );
  writeFileSync(join(folder, 'disk'), 'a disk');
});
afterEach(() => {
  expect(descendants(process.pid).filter((pid) => programOf(pid)?.endsWith('sandglass-machine'))).toEqual([]);
  expect(machineGroups(process.pid)).toEqual([]);
  rmSync(folder, {recursive: true, force: true});
});

function newDriver(options: Partial<MicrovmDriverOptions> = {}): MicrovmDriver {
  return new MicrovmDriver({
    nativeDir: nativeBuild(),
    cacheDir: join(folder, 'cache'),
    images: [{name: 'host', path: join(folder, 'disk')}],
    maxDiskBytes: LIMITS.diskBytes,
    kernel: {imagePath: join(folder, 'vmlinux'), modulesPath: join(folder, 'modules')},
    monitor: 'firecracker',
    programs: {firecracker: join(folder, 'firecracker'), jailer: join(folder, 'jailer')},
    allowWeaker: isRoot ? [] : ['monitor-user', 'monitor-bounds'],
    ...options,
  });
}

type Logged = {
  method?: string;
  path?: string;
  body?: unknown;
  fault?: string | null;
  jailed?: Record<string, unknown>;
};

function logged(): Logged[] {
  return readFileSync(join(folder, 'log.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Logged);
}

describe("a microVM of Firecracker's, by its API", () => {
  it('is booted, saved and restored by orders that Firecracker takes, in the order that it wants', async () => {
    await using driver = newDriver({diskIoBytesPerSecond: 1_000_000});
    await driver.start({signal: undefined});
    const requests = logged().filter(({method}) => method !== undefined);
    expect(requests.filter(({fault}) => fault !== null)).toEqual([]);
    expect(requests.map(({method, path}) => `${method} ${path}`)).toEqual([
      'PUT /machine-config',
      'PUT /boot-source',
      'PUT /drives/image',
      'PUT /drives/scratch',
      'PUT /vsock',
      'PUT /entropy',
      'PUT /actions',
      'PATCH /vm',
      'PUT /snapshot/create',
      'PUT /snapshot/load',
    ]);
    const body = (path: string): unknown => requests.find((each) => each.path === path)?.body;
    expect(body('/machine-config')).toMatchObject({vcpu_count: 1, mem_size_mib: 1120, smt: false});
    expect(body('/drives/image')).toEqual({
      drive_id: 'image',
      path_on_host: 'image',
      is_root_device: false,
      is_read_only: true,
      rate_limiter: {bandwidth: {size: 1_000_000, refill_time: 1000}},
    });
    expect(body('/drives/scratch')).toEqual({
      drive_id: 'scratch',
      path_on_host: 'scratch',
      is_root_device: false,
      is_read_only: false,
      cache_type: 'Unsafe',
      rate_limiter: {bandwidth: {size: 1_000_000, refill_time: 1000}},
    });
    expect(body('/boot-source')).toMatchObject({
      boot_args: expect.stringMatching(
        /^quiet 8250\.nr_uarts=0 .*pci=off.*sandglass_channels=vsock sysctl\.vm\.dirty_background_bytes=1048576 sysctl\.vm\.dirty_bytes=2097152$/,
      ),
    });
    expect(body('/snapshot/load')).toMatchObject({resume_vm: true});
  });

  it('runs programs over its vsock device, and says that the processor holds it', async () => {
    await using driver = newDriver();
    await driver.start({signal: undefined});
    expect(driver.isolation.enforced).toEqual(
      expect.arrayContaining(['firecracker', 'hardware-virtualization']),
    );
    expect(driver.isolation.weaker.map(({mechanism}) => mechanism)).not.toContain('hardware-virtualization');
    await using sandbox = await driver.create(KIND, LIMITS, {signal: undefined});
    expect(await shell(sandbox, 'anything')).toMatchObject({exitCode: 0, stdout: 'played\n'});
  });

  it.runIf(isRoot)(
    'is jailed: a user of its own, a folder of its own, files that it cannot change',
    async () => {
      await using driver = newDriver();
      await driver.start({signal: undefined});
      const jails = logged()
        .map(({jailed}) => jailed)
        .filter((jail) => jail !== undefined);
      expect(jails.length).toBe(2);
      for (const jail of jails) {
        expect(jail).toMatchObject({limits: ['no-file=256'], args: ['--api-sock', '/api.sock']});
        expect(jail.uid).toBe(jail.gid);
        expect(jail.uid).toBe(jail.owner);
        expect(jail.uid).toBeGreaterThan(0x2000_0000);
      }
      await using _sandbox = await driver.create(KIND, LIMITS, {signal: undefined});
      expect(readdirSync(join(folder, 'cache', 'jails', 'firecracker')).length).toBe(1);
    },
  );

  it('is restored from the kept template at the next start, without booting again', async () => {
    for (const expected of [1, 1]) {
      await using driver = newDriver();
      await driver.start({signal: undefined});
      expect(logged().filter(({path}) => path === '/actions').length).toBe(expected);
    }
  });

  it('finds the jails of a worker that was killed, and removes them', async () => {
    const jails = join(folder, 'cache', 'jails', 'firecracker');
    const own = ownIdentity();
    for (const [id, owner] of Object.entries({dead: {...own, startTime: '1'}, living: own})) {
      mkdirSync(join(jails, id, 'root'), {recursive: true});
      writeFileSync(join(jails, id, 'owner'), encodeIdentity(owner));
    }
    await using driver = newDriver();
    await driver.start({signal: undefined});
    expect(readdirSync(jails)).toEqual(['living']);
  });

  it('leaves neither process nor jail when it is destroyed, or its monitor killed', async () => {
    await using driver = newDriver();
    await driver.start({signal: undefined});
    const sandbox = await driver.create(KIND, LIMITS, {signal: undefined});
    const killed = await driver.create(KIND, LIMITS, {signal: undefined});
    const family = descendants(process.pid).filter(
      (pid) => programOf(pid) === process.execPath && isPlayed(pid),
    );
    expect(family.length).toBe(2);
    await sandbox.destroy();
    for (const pid of family.filter(isRunning)) process.kill(pid, 'SIGKILL');
    await vi.waitFor(() => expect(killed.gone.aborted).toBe(true), {timeout: 20_000});
    await killed.destroy();
    expect(family.filter(isRunning)).toEqual([]);
    expect(readdirSync(join(folder, 'cache', 'jails', 'firecracker'))).toEqual([]);
  });

  it('is refused with the reason that Firecracker gives', async () => {
    rmSync(join(folder, 'disk'));
    writeFileSync(
      join(folder, 'firecracker'),
      `#!${process.execPath}
if (process.argv.includes('--version')) { console.log('Firecracker v1.0.0'); process.exit(0); }
require('node:http').createServer((_, response) => { response.writeHead(400); response.end('{"fault_message":"no KVM here"}'); }).listen(process.argv[process.argv.indexOf('--api-sock') + 1]);`,
    );
    writeFileSync(join(folder, 'disk'), 'another disk');
    await using driver = newDriver();
    const error: unknown = await driver.start({signal: undefined}).catch((reason: unknown) => reason);
    expect(String(error)).toMatch(/refused PUT \/machine-config: Error: 400 no KVM here/);
    expect(existsSync(join(folder, 'cache', 'jails', 'firecracker', 'x'))).toBe(false);
    expect(readdirSync(join(folder, 'cache', 'jails', 'firecracker'))).toEqual([]);
  });

  it('says what is missing', async () => {
    await using driver = newDriver({programs: {firecracker: join(folder, 'not-there')}});
    await expect(driver.start({signal: undefined})).rejects.toThrow(/firecracker is not installed/);
  });
});

/** A played monitor is this very interpreter with the test's program. */
function isPlayed(pid: number): boolean {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(join(folder, 'firecracker'));
}
