import {type ChildProcess, execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdir, mkdtemp, readFile, rm} from 'node:fs/promises';
import {connect, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {guestRamdisk} from '@sandglass/sandbox';
import {expect, it} from 'vitest';
import {keepHostTools} from '../../../engine/test/support/small-image.ts';
import {awaitGuest, greet} from '../../../sandbox/src/drivers/microvm/greeting.ts';
import {MicrovmSandbox} from '../../../sandbox/src/drivers/microvm/microvm-sandbox.ts';
import {measureTscKhz} from '../../../sandbox/src/drivers/microvm/tsc.ts';
import {
  describeWithMachines,
  machineOptions,
} from '../../../sandbox/test/drivers/microvm/support/microvm-setup.ts';
import {runIn} from '../../../sandbox/test/support/run-in.ts';
import {writeOutput} from '../../src/outputs/write-output.ts';
import {ImageStore} from '../../src/store/image-store.ts';

const CHANNELS = ['guest', 'launcher', 'agent'] as const;
const MIB = 1024 * 1024;
const LIMITS = {memoryBytes: 64 * MIB, processes: 32, cpuCount: 1, diskBytes: 8 * MIB};

describeWithMachines('An image as a ramdisk', () => {
  it.each([false, true])(
    'boots with nothing else, a disk to write on: %s',
    async (hasDisk) => {
      await using owned = new AsyncDisposableStack();
      const folder = await mkdtemp(join(tmpdir(), 'sandglass-ramdisk-'));
      owned.defer(() => rm(folder, {recursive: true, force: true}));
      const {kernel, nativeDir} = await machineOptions();
      await mkdir(join(folder, 'images'));
      await keepHostTools(join(folder, 'images'), 'tools', {});
      const store = new ImageStore(join(folder, 'images'));
      const {content, kernelPath} = await guestRamdisk({kernel, folder, nativeDir, signal: undefined});
      const ramdisk = await writeOutput(store, await store.get('tools'), 'cpio.gz', {
        guestRamdisk: content,
        onWait: () => undefined,
        signal: undefined,
      });
      if (hasDisk) execFileSync('mke2fs', ['-q', '-t', 'ext4', '-m', '0', join(folder, 'scratch'), '128M']);

      const machine = owned.use(await boot({folder, kernelPath, ramdisk, nativeDir, hasDisk}));
      const sandbox = owned.use(await machine.sandbox());
      const script = `cat /proc/sys/kernel/osrelease /etc/mark; id -u; echo kept > f; cat f
      (: > /etc/x) 2>/dev/null || echo read-only
      printf %12000000d 0 2>/dev/null > large || echo full`;
      const {stdout} = await runIn(sandbox, ['/bin/bash', '-c', script]);
      const [release, ...lines] = stdout.trim().split('\n');
      expect(kernelPath).toContain(release);
      expect(lines.join(' ')).toBe('tools 1000 kept read-only full');
    },
    120_000,
  );
});

interface Booted extends AsyncDisposable {
  sandbox(): Promise<MicrovmSandbox>;
}

/** QEMU as docs/images.md has it, with nothing of the microvm driver. */
async function boot({
  folder,
  kernelPath,
  ramdisk,
  nativeDir,
  hasDisk,
}: {
  readonly folder: string;
  readonly kernelPath: string;
  readonly ramdisk: string;
  readonly nativeDir: string;
  readonly hasDisk: boolean;
}): Promise<Booted> {
  const words = `console=ttyS0 panic=-1 quiet cryptomgr.notests sandglass_channels=serial tsc=reliable tsc_early_khz=${await measureTscKhz(nativeDir)}`;
  const ports = CHANNELS.flatMap((name, index) => [
    ...['-chardev', `socket,id=${name},path=${join(folder, name)},server=on,wait=off`],
    ...['-device', `virtserialport,chardev=${name},name=${name},nr=${index + 1}`],
  ]);
  const disk = ['-drive', `if=none,id=d,format=raw,file=${join(folder, 'scratch')}`];
  const child = spawn(
    'qemu-system-x86_64',
    [
      ...['-M', 'microvm,acpi=on,isa-serial=on', '-bios', 'qboot.rom', '-accel', 'tcg', '-cpu', 'max'],
      ...['-m', '384', '-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
      ...['-kernel', kernelPath, '-initrd', ramdisk, '-append', words],
      ...['-serial', `file:${join(folder, 'console')}`, '-device', 'virtio-serial-device', ...ports],
      ...(hasDisk ? [...disk, '-device', 'virtio-blk-device,drive=d'] : []),
    ],
    {stdio: ['ignore', 'ignore', 'inherit']},
  );
  const ended = once(child, 'exit').then(
    async () => await readFile(join(folder, 'console'), 'latin1').catch(String),
  );
  return {
    sandbox: async () => {
      const [guest, launcher, agent] = await Promise.all(
        CHANNELS.map((name) => connected(join(folder, name), child)),
      );
      if (guest === undefined || launcher === undefined || agent === undefined) throw new Error('no channel');
      const streams = {guest, launcher, agent};
      const signal = AbortSignal.timeout(90_000);
      const greeting = await awaitGuest(guest, signal)
        .then(() => greet(streams, signal))
        .catch(async (error: unknown) => {
          child.kill('SIGKILL');
          throw new Error(`${String(error)} The console shows: ${await ended}`);
        });
      const sandbox = new MicrovmSandbox({
        id: 'ramdisk',
        kind: {image: 'tools', network: 'none'},
        machine: {
          pid: child.pid ?? 0,
          streams: async () => streams,
          ended,
          onFault: () => undefined,
          pause: async () => undefined,
          resume: async () => undefined,
          kill: async () => {
            child.kill('SIGKILL');
            await ended;
            return {cpuTimeMs: 0, memoryPeakBytes: 0, oomKills: 0};
          },
        },
        streams,
        greeting,
        maxMemoryBytes: 256 * MIB,
        patience: 8,
      });
      await sandbox.begin(LIMITS);
      return sandbox;
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** The sockets are there a moment after QEMU. */
async function connected(path: string, child: ChildProcess): Promise<Socket> {
  for (;;) {
    const socket = connect(path);
    const isUp = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    if (isUp) return socket;
    if (child.exitCode !== null) throw new Error(`QEMU ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
