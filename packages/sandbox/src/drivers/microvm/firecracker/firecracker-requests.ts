import {writeBackWords} from '../guest/kernel-words.ts';
import type {MachineDescription} from '../machine-monitor.ts';
import {JAILED} from './jail.ts';

/** Any but 0 to 2 (vsock(7)); machines do not see each other's, so all have the same. */
const GUEST_CID = 3;
const MIB = 1024 * 1024;
const REFILL_MS = 1000;

/** One order to Firecracker. */
export interface FirecrackerRequest {
  readonly method: 'PUT' | 'PATCH';
  readonly path: string;
  readonly body: object;
}

/**
 * What boots a machine, in order. There is no network interface, no balloon and no metadata service, because none is asked for. The
 * serial port is off unless its output is wanted: what a guest prints costs the host time.
 */
export function bootRequests(description: MachineDescription): readonly FirecrackerRequest[] {
  return [
    put('/machine-config', {
      vcpu_count: 1,
      mem_size_mib: Math.ceil(description.memoryBytes / MIB),
      smt: false,
      track_dirty_pages: false,
    }),
    put('/boot-source', {
      kernel_image_path: JAILED.kernel,
      initrd_path: JAILED.initramfs,
      boot_args: bootArguments(description),
    }),
    put('/drives/image', {
      drive_id: 'image',
      path_on_host: JAILED.image,
      // The guest's first process mounts it; the kernel itself starts from the initial ramdisk.
      is_root_device: false,
      is_read_only: true,
      ...rateLimiter(description.diskIoBytesPerSecond),
    }),
    put('/drives/scratch', {
      drive_id: 'scratch',
      path_on_host: JAILED.scratch,
      is_root_device: false,
      is_read_only: false,
      // Nobody reads it after a crash, so the guest is offered no way to have the host wait for its disk.
      cache_type: 'Unsafe',
      ...rateLimiter(description.diskIoBytesPerSecond),
    }),
    put('/vsock', {guest_cid: GUEST_CID, uds_path: JAILED.vsockSocket}),
    put('/entropy', {}),
    put('/actions', {action_type: 'InstanceStart'}),
  ];
}

/** What saves it: the guest stands still meanwhile. */
export const SAVE_REQUESTS: readonly FirecrackerRequest[] = [
  {method: 'PATCH', path: '/vm', body: {state: 'Paused'}},
  put('/snapshot/create', {
    snapshot_type: 'Full',
    snapshot_path: JAILED.state,
    mem_file_path: JAILED.memory,
  }),
];

/** What restores it: the first order to a fresh Firecracker. The memory is mapped privately, and shared until it is written to. */
export const RESTORE_REQUEST: FirecrackerRequest = put('/snapshot/load', {
  snapshot_path: JAILED.state,
  mem_backend: {backend_type: 'File', backend_path: JAILED.memory},
  resume_vm: true,
});

export const PAUSE_REQUEST: FirecrackerRequest = {method: 'PATCH', path: '/vm', body: {state: 'Paused'}};
export const RESUME_REQUEST: FirecrackerRequest = {method: 'PATCH', path: '/vm', body: {state: 'Resumed'}};

/** Given whole: Firecracker's own default has `nomodule`, and the guest's drivers are modules. */
function bootArguments(description: MachineDescription): string {
  return [
    ...(description.isVerbose ? ['console=ttyS0', 'loglevel=7'] : ['quiet', '8250.nr_uarts=0']),
    ...['reboot=k', 'panic=1', 'i8042.noaux', 'i8042.nomux', 'i8042.dumbkbd', 'pci=off'],
    ...['cryptomgr.notests', 'sandglass_channels=vsock', ...writeBackWords(description)],
  ].join(' ');
}

function rateLimiter(bytesPerSecond: number): object {
  if (bytesPerSecond === 0) return {};
  return {rate_limiter: {bandwidth: {size: bytesPerSecond, refill_time: REFILL_MS}}};
}

function put(path: string, body: object): FirecrackerRequest {
  return {method: 'PUT', path, body};
}
