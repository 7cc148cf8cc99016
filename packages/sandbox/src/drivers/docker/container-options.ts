import type {ContainerCreateOptions} from 'dockerode';
import type {SandboxLimits} from '../../driver.ts';
import {
  AGENT_CAPABILITIES,
  AGENT_MEMORY_BYTES,
  AGENT_PATH,
  AGENT_PROCESSES,
  inodesFor,
  PROGRAM_ID,
} from '../shared/agent-command.ts';
import type {RootMount} from '../shared/root-plan.ts';
import type {PodmanFiles} from './podman-files.ts';
import {SECCOMP_PROFILE} from './seccomp-profile.ts';

/** Everything about a container that does not follow from the hardening. */
export interface ContainerParts {
  readonly name: string;
  /** Image of the daemon. */
  readonly image: string;
  readonly mounts: readonly RootMount[];
  readonly agentPath: string;
  readonly limits: SandboxLimits;
  readonly labels: Readonly<Record<string, string>>;
  readonly runtime: string | undefined;
  readonly canBound: BoundableResources;
  /** The agent ends by itself when it has heard nothing for so long. */
  readonly heardWithinMs: number;
  /** Null for Docker's daemon. */
  readonly podman: PodmanFiles | null;
}

/** What a daemon can bound; it refuses to be asked for the rest, or warns and goes on. */
export interface BoundableResources {
  readonly memory: boolean;
  readonly pids: boolean;
  readonly cpu: boolean;
}

/** What changes when limits do. */
export type ContainerBounds = Pick<
  NonNullable<ContainerCreateOptions['HostConfig']>,
  'Memory' | 'MemorySwap' | 'PidsLimit' | 'NanoCpus'
>;

/** The runtime's own start takes some ten threads and some MiB, which count. Narrower bounds are set once the agent runs. */
const START_PROCESSES = 64;
const START_MEMORY_BYTES = 32 * 1024 * 1024;

const NANO_CPUS = 1e9;

/** Docker refuses less (and the cgroup's smallest quota is a hundredth of a core). */
const MIN_NANO_CPUS = 1e7;

const MIB = 1024 * 1024;

/** As much as programs get anywhere. */
const MAX_OPEN_FILES = 4096;

/** What the host sees of another kernel, gVisor's or a machine's, is in the container's cgroup; it takes 30 MB and some fifty threads to be idle. */
const KERNEL_MEMORY_BYTES = 64 * MIB;
const KERNEL_PROCESSES = 512;

/** Share the host's kernel: programs are the host's processes. */
const HOST_KERNEL_RUNTIMES: readonly (string | undefined)[] = [undefined, 'runc', 'crun'];

/** True for a runtime whose containers bring a kernel of their own. */
export function hasOwnKernel(runtime: string | undefined): boolean {
  return !HOST_KERNEL_RUNTIMES.includes(runtime);
}

/** Its kernel is one process of the host, the container's first. */
export function isGvisor(runtime: string | undefined): boolean {
  return runtime?.startsWith('runsc') ?? false;
}

/** Bounds in the daemon's units. The agent is in the same cgroup, so it comes on top, and so does a kernel that the runtime brings. */
export function containerBounds(
  {memoryBytes, processes, cpuCount}: SandboxLimits,
  runtime: string | undefined,
): Required<ContainerBounds> {
  const own = hasOwnKernel(runtime)
    ? {memoryBytes: KERNEL_MEMORY_BYTES, processes: KERNEL_PROCESSES}
    : {memoryBytes: 0, processes: 0};
  const bytes = memoryBytes + AGENT_MEMORY_BYTES + own.memoryBytes;
  return {
    Memory: bytes,
    // The same as memory: no swap at all.
    MemorySwap: bytes,
    PidsLimit: processes + AGENT_PROCESSES + own.processes,
    NanoCpus: Math.max(MIN_NANO_CPUS, Math.round(cpuCount * NANO_CPUS)),
  };
}

/** Those of the bounds that a daemon can set. */
export function settable(
  {Memory, MemorySwap, PidsLimit, NanoCpus}: Required<ContainerBounds>,
  can: BoundableResources,
): ContainerBounds {
  return {
    ...(can.memory ? {Memory, MemorySwap} : {}),
    ...(can.pids ? {PidsLimit} : {}),
    ...(can.cpu ? {NanoCpus} : {}),
  };
}

/** Bounds that a container can start with. */
export function startBounds(limits: SandboxLimits, runtime: string | undefined): Required<ContainerBounds> {
  const bounds = containerBounds(limits, runtime);
  const bytes = Math.max(START_MEMORY_BYTES, bounds.Memory ?? 0);
  return {
    ...bounds,
    Memory: bytes,
    MemorySwap: bytes,
    PidsLimit: Math.max(START_PROCESSES, bounds.PidsLimit ?? 0),
  };
}

/**
 * A container in which the agent is the only thing: no network, a read-only root, capabilities that only the agent has, a system call
 * filter, every bound that the daemon knows. It ends with the connection that `attach` makes, and removes itself then.
 */
export function containerOptions(parts: ContainerParts): ContainerCreateOptions {
  return {
    name: parts.name,
    Image: parts.image,
    Entrypoint: [AGENT_PATH],
    Cmd: agentArguments(parts),
    User: '0:0',
    WorkingDir: '/work',
    // The agent heeds no other. A daemon that comes back stops what it finds running, and would wait ten seconds for each.
    StopSignal: 'SIGKILL',
    Hostname: 'sandbox',
    Env: [],
    Labels: {...parts.labels},
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Tty: false,
    NetworkDisabled: true,
    HostConfig: hostConfig(parts),
  };
}

/** dockerode's type does not know `CgroupnsMode`, so this is its own. */
function hostConfig(parts: ContainerParts) {
  const {limits, mounts, agentPath, runtime, canBound, podman} = parts;
  return {
    ...settable(startBounds(limits, runtime), canBound),
    AutoRemove: true,
    NetworkMode: 'none',
    ReadonlyRootfs: true,
    CapDrop: ['ALL'],
    CapAdd: [...AGENT_CAPABILITIES],
    SecurityOpt: [
      'no-new-privileges',
      `seccomp=${podman === null ? SECCOMP_PROFILE : podman.seccomp}`,
      // Podman does not look at MaskedPaths.
      ...(podman === null ? [] : [`mask=${MASKED_PATHS.join(':')}`]),
    ],
    Privileged: false,
    IpcMode: 'private',
    CgroupnsMode: 'private',
    // The agent starts programs and reaps them; an init of the daemon's would stand in between.
    Init: false,
    LogConfig: {Type: 'none', Config: {}},
    Ulimits: [
      {Name: 'core', Soft: 0, Hard: 0},
      {Name: 'nofile', Soft: MAX_OPEN_FILES, Hard: MAX_OPEN_FILES},
      // Podman asks for a million on its own, which a service that may have fewer is refused.
      ...(podman === null ? [] : [{Name: 'nproc', Soft: podman.maxProcesses, Hard: podman.maxProcesses}]),
    ],
    ShmSize: Math.min(limits.diskBytes, 64 * MIB),
    Tmpfs: tmpfs(parts),
    Mounts: [
      ...mounts
        .filter((mount) => mount.kind === 'bind')
        .map(({source, target}) => readOnlyBind(source, target)),
      readOnlyBind(agentPath, AGENT_PATH),
      ...(podman === null ? [] : [readOnlyBind(podman.hosts, '/etc/hosts')]),
    ],
    // Docker does so by itself. The relay of a run with a network listens where its targets do.
    Sysctls: {'net.ipv4.ip_unprivileged_port_start': '0'},
    MaskedPaths: [...MASKED_PATHS],
    ReadonlyPaths: [...READ_ONLY_PATHS],
    ...(runtime === undefined ? {} : {Runtime: runtime}),
  };
}

function tmpfs({limits, mounts, podman}: ContainerParts): Record<string, string> {
  const writable = `rw,exec,nosuid,nodev,size=${limits.diskBytes}`;
  const files = `nr_inodes=${inodesFor(limits.diskBytes)}`;
  const covered = mounts.filter(({kind}) => kind === 'empty').map(({target}) => target);
  const covers = (targets: readonly string[], more: string) =>
    Object.fromEntries(targets.map((target) => [target, `ro,noexec,nosuid,nodev,size=4096,mode=755${more}`]));
  if (podman === null)
    return {
      '/work': `${writable},${files},uid=${PROGRAM_ID},gid=${PROGRAM_ID},mode=755`,
      '/tmp': `${writable},${files},mode=1777`,
      ...covers(covered, ''),
    };
  // It knows neither owners nor a bound on files.
  return {
    '/work': `${writable},mode=1777,notmpcopyup`,
    '/tmp': `${writable},mode=1777,notmpcopyup`,
    // Besides those it makes writable places of its own.
    ...covers([...covered, '/run', '/var/tmp'], ',notmpcopyup'),
  };
}

function agentArguments({runtime, heardWithinMs}: ContainerParts): string[] {
  const numbers = {
    ...{stream: 0, 'stream-out': 1, id: 1, uid: PROGRAM_ID, gid: PROGRAM_ID},
    'heard-within': Math.ceil(heardWithinMs / 1000),
  };
  const words = Object.entries(numbers).flatMap(([name, value]) => [`--${name}`, String(value)]);
  // Another kernel has counters of its own, or none.
  return hasOwnKernel(runtime) ? words : [...words, '--own-cgroup', '/sys/fs/cgroup'];
}

function readOnlyBind(source: string, target: string) {
  return {
    Type: 'bind',
    Source: source,
    Target: target,
    ReadOnly: true,
    BindOptions: {Propagation: 'rprivate', NonRecursive: true},
  } as const;
}

/** Docker's own list, and what of /sys is not the container's cgroup: models, serial numbers and loads of the host. */
const MASKED_PATHS = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/iomem',
  '/proc/ioports',
  '/proc/kallsyms',
  '/proc/kcore',
  '/proc/keys',
  '/proc/key-users',
  '/proc/latency_stats',
  '/proc/modules',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/slabinfo',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/vmallocinfo',
  '/sys/block',
  '/sys/bus',
  '/sys/class',
  '/sys/dev',
  '/sys/devices',
  '/sys/firmware',
  '/sys/hypervisor',
  '/sys/kernel',
  '/sys/module',
  '/sys/power',
];

const READ_ONLY_PATHS = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];
