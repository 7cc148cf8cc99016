import {SandglassError} from '@sandglass/protocol';
import type {WeakerMechanism} from '../../driver.ts';
import {accelerationsToTry, findKvm, type KvmFinding} from './acceleration.ts';
import {Confinements} from './confinement.ts';
import {findProgram, programVersion} from './find-program.ts';
import type {HostGroups} from './host-groups.ts';
import type {Acceleration, MachineMonitor} from './machine-monitor.ts';
import type {MicrovmDriverOptions} from './microvm-driver-options.ts';
import {QemuMonitor} from './qemu/qemu-monitor.ts';
import {measureTscKhz} from './tsc.ts';

/** A guest with KVM is up in a second. One that is not by then has a KVM that cannot run it. */
const KVM_BOOTED_WITHIN_MS = 15_000;

/** The monitor that machines are run by, and what that means for their isolation. */
export interface MonitorChoice {
  readonly monitor: MachineMonitor;
  readonly enforced: readonly string[];
  readonly weaker: readonly WeakerMechanism[];
}

/** Makes everything ready that is needed to run machines, within a bound if one is given; throws when that cannot be done. */
export type Prepare = (monitor: MachineMonitor, withinMs: number | undefined) => Promise<void>;

/**
 * Takes the first monitor and acceleration with which a guest really boots, the strongest and fastest first. Throws
 * `isolation-unavailable` with the reason of each that failed.
 */
export async function chooseMonitor(
  options: MicrovmDriverOptions,
  groups: HostGroups | null,
  prepare: Prepare,
): Promise<MonitorChoice> {
  const isRoot = process.getuid?.() === 0;
  const weaker = weakerAround({isRoot, hasGroups: groups !== null});
  refuseUnlessAllowed(weaker, options.allowWeaker ?? []);
  const kvm = await findKvm({isRoot});
  const reasons: string[] = [];
  for (const acceleration of accelerationsToTry(options.acceleration ?? 'auto', kvm)) {
    const monitor = await makeMonitor(options, {isRoot, groups, kvm, acceleration});
    try {
      await prepare(monitor, acceleration === 'kvm' ? KVM_BOOTED_WITHIN_MS : undefined);
      const failed = reasons.length === 0 ? kvmReason(kvm) : reasons.join(' ');
      return {
        monitor,
        enforced: enforcedAround({isRoot, hasGroups: groups !== null, acceleration}),
        weaker: acceleration === 'kvm' ? weaker : [...weaker, withoutKvm(failed)],
      };
    } catch (error) {
      const isLast = acceleration === 'tcg' || options.acceleration === 'kvm';
      if (isLast || (error instanceof SandglassError && error.code === 'cancelled')) throw error;
      reasons.push(`With ${acceleration}: ${String(error)}`);
      options.onLog?.(`KVM does not run a guest here, going on without it: ${String(error)}`);
    }
  }
  throw unavailable(reasons.join(' '));
}

async function makeMonitor(
  options: MicrovmDriverOptions,
  host: {
    readonly isRoot: boolean;
    readonly groups: HostGroups | null;
    readonly kvm: KvmFinding;
    readonly acceleration: Acceleration;
  },
): Promise<MachineMonitor> {
  const programPath = await findProgram('qemu-system-x86_64', options.programs?.qemu);
  if (programPath === null)
    throw unavailable(
      'qemu-system-x86_64 is not installed. Type: apt-get install -y --no-install-recommends qemu-system-x86',
    );
  const groupId = host.kvm.kind === 'possible' && host.acceleration === 'kvm' ? host.kvm.groupId : null;
  return new QemuMonitor({
    nativeDir: options.nativeDir,
    programPath,
    version: await programVersion(programPath),
    acceleration: host.acceleration,
    tscKhz: await measureTscKhz(options.nativeDir),
    confinements: new Confinements({isRoot: host.isRoot, groups: host.groups, deviceGroupId: groupId}),
    onConsoleLine: options.showsConsole === true ? options.onLog : undefined,
  });
}

function enforcedAround(host: {
  readonly isRoot: boolean;
  readonly hasGroups: boolean;
  readonly acceleration: Acceleration;
}): string[] {
  return [
    'virtual-machine',
    ...(host.acceleration === 'kvm' ? ['hardware-virtualization'] : []),
    'no-network-device',
    'monitor-seccomp',
    ...(host.isRoot ? ['monitor-user', 'monitor-namespaces'] : []),
    ...(host.hasGroups ? ['monitor-bounds'] : []),
  ];
}

function weakerAround(host: {readonly isRoot: boolean; readonly hasGroups: boolean}): WeakerMechanism[] {
  const weaker: WeakerMechanism[] = [];
  if (!host.isRoot)
    weaker.push({
      mechanism: 'monitor-user',
      reason:
        "Machine monitors run as the worker's own user: a guest that breaks out of its monitor has that user's rights.",
      remedy: 'Run the worker as root; monitors then get users, namespaces and control groups of their own.',
    });
  if (!host.hasGroups)
    weaker.push({
      mechanism: 'monitor-bounds',
      reason: 'Memory and threads of a machine monitor are not bounded by control groups.',
      remedy: 'Run the worker as root on a host whose /sys/fs/cgroup is writable.',
    });
  return weaker;
}

function refuseUnlessAllowed(weaker: readonly WeakerMechanism[], allowed: readonly string[]): void {
  const refused = weaker.find(({mechanism}) => !allowed.includes(mechanism));
  if (refused === undefined) return;
  throw unavailable(
    `${refused.reason} ${refused.remedy} Or accept it: allow "${refused.mechanism}" to be weaker`,
  );
}

function withoutKvm(reason: string): WeakerMechanism {
  return {
    mechanism: 'hardware-virtualization',
    reason: `Guests are run by translating their instructions, 13 to 45 times slower, and their wall is QEMU rather than the processor: ${reason}.`,
    remedy:
      'Use a host with VT-x or AMD-V, and nested virtualization if it is a virtual machine itself: modprobe kvm_intel (or kvm_amd).',
  };
}

function kvmReason(kvm: KvmFinding): string {
  return kvm.kind === 'impossible' ? kvm.reason : 'the configuration asks for it';
}

function unavailable(why: string): SandglassError {
  return new SandglassError('isolation-unavailable', `Cannot prepare the microvm isolation level: ${why}.`);
}
