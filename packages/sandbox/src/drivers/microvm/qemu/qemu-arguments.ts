import {writeBackWords} from '../guest/kernel-words.ts';
import type {Acceleration, MachineDescription} from '../machine-monitor.ts';
import {FIRST_GIVEN_DESCRIPTOR, type Given} from '../monitor-process.ts';

/** Where each stream is among the given descriptors; the same in booted and restored machines. */
export const GIVEN = {
  agent: 0,
  launcher: 1,
  guest: 2,
  qmp: 3,
  memory: 4,
  image: 5,
  scratch: 6,
  stateOrFolder: 7,
  console: 8,
  kernel: 9,
  initramfs: 10,
} as const;

/** Inherited descriptors are named so: opened by path again, with the monitor's own rights, whoever owns the folders above. */
function given(which: keyof typeof GIVEN): string {
  return `/proc/self/fd/${descriptor(which)}`;
}

function descriptor(which: keyof typeof GIVEN): number {
  return FIRST_GIVEN_DESCRIPTOR + GIVEN[which];
}

/**
 * MiB of translated code that QEMU keeps. Less slows programs down (32: by 40 %, 16: twice), more gains nothing: it is only more memory
 * on the host.
 */
export const TRANSLATION_CACHE_MIB = 64;

/** Requests of the disks that are carried out at a time. */
const DISK_THREADS = 8;

/** What a boot starts from: the kernel is told the processor's frequency, as it cannot be trusted to find it (see native/machine/tsc.c). */
export interface BootChoices {
  readonly tscKhz: number;
}

/** What of its devices a host decides. */
export interface DeviceChoices {
  readonly acceleration: Acceleration;
  /** See `ScratchFolder.isDirect`. */
  readonly isScratchDirect: boolean;
}

/**
 * QEMU's command line. A restored machine must have the very devices of the one that was saved, so both come from here.
 *
 * The `microvm` machine has no PCI, no firmware tables but ACPI's, no graphics: virtio over MMIO, a serial console, and nothing else.
 * `acpi=on` because Debian's kernel finds virtio devices only there. `-bios qboot.rom`: with SeaBIOS, QEMU 10 fails to start an
 * uncompressed kernel.
 */
export function qemuArguments(
  description: MachineDescription,
  {acceleration, isScratchDirect}: DeviceChoices,
  boot: BootChoices | null,
): string[] {
  const isKvm = acceleration === 'kvm';
  return [
    ...['-name', 'sandglass', '-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...['-M', 'microvm,acpi=on,isa-serial=on,memory-backend=memory', '-bios', 'qboot.rom'],
    ...['-accel', isKvm ? 'kvm' : `tcg,tb-size=${TRANSLATION_CACHE_MIB}`, '-cpu', isKvm ? 'host' : 'max'],
    // Its threads are bounded (HostGroups), and it aborts when it gets none; by itself it would start up to 64 for the disks.
    ...['-object', `main-loop,id=main-loop,thread-pool-max=${DISK_THREADS}`],
    ...['-smp', '1', '-m', `size=${description.memoryBytes / 1024}k`],
    ...['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'],
    '-object',
    // A restored machine maps the template's memory privately: pages are shared until it writes to them.
    `memory-backend-file,id=memory,size=${description.memoryBytes},mem-path=${given('memory')},share=${boot === null ? 'off' : 'on'}`,
    ...['-device', 'virtio-serial-device'],
    ...channel('guest', 1),
    ...channel('launcher', 2),
    ...channel('agent', 3),
    ...['-chardev', `socket,id=qmp,fd=${descriptor('qmp')}`, '-mon', 'chardev=qmp,mode=control'],
    '-chardev',
    boot === null ? 'null,id=console' : `socket,id=console,fd=${descriptor('console')}`,
    ...['-serial', 'chardev:console'],
    '-drive',
    `if=none,id=image,file=${given('image')},format=raw,readonly=on,file.locking=off${throttle(description.diskIoBytesPerSecond)}`,
    ...['-device', 'virtio-blk-device,drive=image'],
    // Nobody reads it after a crash, so what the guest wants to have safe costs the host no wait for its disk.
    '-drive',
    `if=none,id=scratch,file=${given('scratch')},format=raw,file.locking=off,cache.direct=${isScratchDirect ? 'on' : 'off'},cache.no-flush=on,discard=unmap${throttle(description.diskIoBytesPerSecond)}`,
    // A program is never told that something was written which was not: the machine stops, and is ended (QemuMachine).
    ...['-device', 'virtio-blk-device,drive=scratch,werror=stop,rerror=stop'],
    ...(boot === null ? ['-incoming', 'defer'] : kernel(description, acceleration, boot)),
  ];
}

/** What `qemuArguments` refers to, in the order of `GIVEN`. */
export function qemuGiven(files: {
  readonly memory: number;
  readonly image: number;
  readonly scratch: number;
  readonly stateOrFolder: number;
  readonly boot: {readonly kernel: number; readonly initramfs: number} | null;
}): Given[] {
  const always: Given[] = [
    'stream',
    'stream',
    'stream',
    'stream',
    files.memory,
    files.image,
    files.scratch,
    files.stateOrFolder,
  ];
  return files.boot === null ? always : [...always, 'stream', files.boot.kernel, files.boot.initramfs];
}

/** The inherited descriptor of a saved state, as a migration source. */
export const SAVED_STATE_URI = `fd:${descriptor('stateOrFolder')}`;

/** A socket in the inherited folder, as a migration target. */
export function savingUri(name: string): string {
  return `unix:${given('stateOrFolder')}/${name}`;
}

function channel(which: 'guest' | 'launcher' | 'agent', port: number): string[] {
  return [
    ...['-chardev', `socket,id=${which},fd=${descriptor(which)}`],
    ...['-device', `virtserialport,chardev=${which},name=${which},nr=${port}`],
  ];
}

function throttle(bytesPerSecond: number): string {
  // One group: both disks together.
  return bytesPerSecond === 0 ? '' : `,throttling.bps-total=${bytesPerSecond},throttling.group=disks`;
}

function kernel(
  description: MachineDescription,
  acceleration: Acceleration,
  {tscKhz}: BootChoices,
): string[] {
  const words = [
    description.isVerbose ? 'loglevel=7' : 'quiet',
    // A panic or a reboot ends the machine at once (-no-reboot).
    ...['console=ttyS0', 'panic=-1', 'reboot=t', 'cryptomgr.notests', 'sandglass_channels=serial'],
    // With KVM the guest has the host's clock. Without, its counter is the host's own; held against ticks, of which it gets too few on a busy
    // host, it would be given up for them, and the guest's time would run late from then on.
    ...writeBackWords(description),
    ...(acceleration === 'tcg' ? [`tsc_early_khz=${tscKhz}`, 'tsc=reliable'] : []),
  ];
  return ['-kernel', given('kernel'), '-initrd', given('initramfs'), '-append', words.join(' ')];
}
