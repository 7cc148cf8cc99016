import {join} from 'node:path';
import {SandglassError} from '@sandglass/protocol';
import type {WeakerMechanism} from '../../driver.ts';
import {accelerationsToTry, findKvm, type KvmFinding} from './acceleration.ts';
import {Confinements} from './confinement.ts';
import {findProgram, programVersion} from './find-program.ts';
import {FirecrackerMonitor} from './firecracker/firecracker-monitor.ts';
import {removeStaleJails} from './firecracker/jail.ts';
import type {HostGroups} from './host-groups.ts';
import type {Acceleration, MachineMonitor} from './machine-monitor.ts';
import type {MicrovmDriverOptions} from './microvm-driver-options.ts';
import {QemuMonitor} from './qemu/qemu-monitor.ts';
import {ScratchFolder} from './scratch/scratch-folder.ts';
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

/** What this host is, as far as choosing goes. */
interface Host {
  readonly isRoot: boolean;
  readonly groups: HostGroups | null;
  readonly kvm: KvmFinding;
}

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
  const around = {isRoot, hasGroups: groups !== null};
  const weaker = weakerAround(around);
  refuseUnlessAllowed(weaker, options.allowWeaker ?? []);
  const host: Host = {isRoot, groups, kvm: await findKvm({isRoot})};
  const reasons = host.kvm.kind === 'impossible' ? [host.kvm.reason] : [];
  const candidates = await findCandidates(options, host);
  for (const [index, {monitor, withinMs}] of candidates.entries()) {
    try {
      await prepare(monitor, withinMs);
      return {
        monitor,
        enforced: enforcedBy(monitor, around),
        weaker: monitor.acceleration === 'kvm' ? weaker : [...weaker, withoutKvm(reasons)],
      };
    } catch (error) {
      if (index === candidates.length - 1 || (error instanceof SandglassError && error.code === 'cancelled'))
        throw error;
      const reason = `${monitor.name} with ${monitor.acceleration} runs no guest here (${String(error)})`;
      reasons.push(reason);
      options.onLog?.(reason);
    }
  }
  throw unavailable(reasons.join('; '));
}

interface Candidate {
  readonly monitor: MachineMonitor;
  /** How long a guest may take to come up; undefined is as long as a slow one takes. */
  readonly withinMs: number | undefined;
}

async function findCandidates(options: MicrovmDriverOptions, host: Host): Promise<readonly Candidate[]> {
  const wanted = options.monitor ?? 'auto';
  const candidates: Candidate[] = [];
  const isKvmWanted = (options.acceleration ?? 'auto') !== 'tcg';
  if (wanted === 'firecracker' || (wanted === 'auto' && isKvmWanted && host.kvm.kind === 'possible')) {
    const monitor = await findFirecracker(options, host);
    if (monitor !== null) candidates.push({monitor, withinMs: options.bootWithinMs ?? KVM_BOOTED_WITHIN_MS});
    else if (wanted === 'firecracker')
      throw unavailable(
        'firecracker is not installed, or its jailer is missing while the worker is root. Put both programs of its release archive into /usr/local/bin, or name them (isolation.microvm.firecracker, isolation.microvm.jailer)',
      );
  }
  if (wanted === 'firecracker') return candidates;
  for (const acceleration of accelerationsToTry(options.acceleration ?? 'auto', host.kvm))
    candidates.push({
      monitor: await findQemu(options, host, acceleration),
      withinMs: options.bootWithinMs ?? (acceleration === 'kvm' ? KVM_BOOTED_WITHIN_MS : undefined),
    });
  return candidates;
}

/** Null when it is not there. As root it is never used without its jailer. */
async function findFirecracker(options: MicrovmDriverOptions, host: Host): Promise<MachineMonitor | null> {
  const programPath = await findProgram('firecracker', options.programs?.firecracker);
  const jailerPath = host.isRoot ? await findProgram('jailer', options.programs?.jailer) : null;
  if (programPath === null || (host.isRoot && jailerPath === null)) return null;
  const jailsDir = join(options.cacheDir, 'jails');
  await removeStaleJails(jailsDir);
  return new FirecrackerMonitor({
    nativeDir: options.nativeDir,
    programPath,
    version: await programVersion(programPath),
    jailerPath,
    jailsDir,
    confinements: new Confinements({isRoot: host.isRoot, groups: host.groups, deviceGroupId: null}),
    onConsoleLine: options.showsConsole === true ? options.onLog : undefined,
  });
}

async function findQemu(
  options: MicrovmDriverOptions,
  host: Host,
  acceleration: Acceleration,
): Promise<MachineMonitor> {
  const programPath = await findProgram('qemu-system-x86_64', options.programs?.qemu);
  if (programPath === null)
    throw unavailable(
      options.programs?.qemu === undefined
        ? 'qemu-system-x86_64 is not installed. Type: apt-get install -y --no-install-recommends qemu-system-x86'
        : `${options.programs.qemu}, which isolation.microvm.qemu names, is no program. Leave the setting out to take qemu-system-x86_64`,
    );
  const groupId = host.kvm.kind === 'possible' && acceleration === 'kvm' ? host.kvm.groupId : null;
  return new QemuMonitor({
    nativeDir: options.nativeDir,
    programPath,
    version: await programVersion(programPath),
    acceleration,
    tscKhz: await measureTscKhz(options.nativeDir),
    scratchFolder: await ScratchFolder.open(join(options.cacheDir, 'scratch')),
    confinements: new Confinements({isRoot: host.isRoot, groups: host.groups, deviceGroupId: groupId}),
    onConsoleLine: options.showsConsole === true ? options.onLog : undefined,
  });
}

function enforcedBy(
  monitor: MachineMonitor,
  host: {readonly isRoot: boolean; readonly hasGroups: boolean},
): string[] {
  return [
    'virtual-machine',
    monitor.name,
    ...(monitor.acceleration === 'kvm' ? ['hardware-virtualization'] : []),
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

function withoutKvm(reasons: readonly string[]): WeakerMechanism {
  const why = reasons.length === 0 ? 'the configuration asks for it' : reasons.join('; ');
  return {
    mechanism: 'hardware-virtualization',
    reason: `Guests are run by translating their instructions, 13 to 45 times slower, and what holds them is QEMU rather than the processor: ${why}.`,
    remedy:
      'Use a host with VT-x or AMD-V, and nested virtualization if it is a virtual machine itself: modprobe kvm_intel (or kvm_amd).',
  };
}

function unavailable(why: string): SandglassError {
  return new SandglassError('isolation-unavailable', `Cannot prepare the microvm isolation level: ${why}.`);
}
