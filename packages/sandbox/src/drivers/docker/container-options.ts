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

/** Bounds in the daemon's units. The agent is in the same cgroup, so it comes on top. */
export function containerBounds({
  memoryBytes,
  processes,
  cpuCount,
}: SandboxLimits): Required<ContainerBounds> {
  const bytes = memoryBytes + AGENT_MEMORY_BYTES;
  return {
    Memory: bytes,
    // The same as memory: no swap at all.
    MemorySwap: bytes,
    PidsLimit: processes + AGENT_PROCESSES,
    NanoCpus: Math.max(MIN_NANO_CPUS, Math.round(cpuCount * NANO_CPUS)),
  };
}

/** Bounds that a container can start with. */
export function startBounds(limits: SandboxLimits): Required<ContainerBounds> {
  const bounds = containerBounds(limits);
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
    Cmd: agentArguments(),
    User: '0:0',
    WorkingDir: '/work',
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
function hostConfig({limits, mounts, agentPath, runtime}: ContainerParts) {
  const writable = `rw,exec,nosuid,nodev,size=${limits.diskBytes},nr_inodes=${inodesFor(limits.diskBytes)}`;
  const owner = `uid=${PROGRAM_ID},gid=${PROGRAM_ID}`;
  return {
    ...startBounds(limits),
    AutoRemove: true,
    NetworkMode: 'none',
    ReadonlyRootfs: true,
    CapDrop: ['ALL'],
    CapAdd: [...AGENT_CAPABILITIES],
    SecurityOpt: ['no-new-privileges', `seccomp=${SECCOMP_PROFILE}`],
    Privileged: false,
    IpcMode: 'private',
    CgroupnsMode: 'private',
    // The agent starts programs and reaps them; an init of the daemon's would stand in between.
    Init: false,
    LogConfig: {Type: 'none', Config: {}},
    Ulimits: [{Name: 'core', Soft: 0, Hard: 0}],
    ShmSize: Math.min(limits.diskBytes, 64 * MIB),
    Tmpfs: {
      '/work': `${writable},${owner},mode=755`,
      '/tmp': `${writable},mode=1777`,
      ...Object.fromEntries(
        mounts
          .filter(({kind}) => kind === 'empty')
          .map(({target}) => [target, 'ro,noexec,nosuid,nodev,size=4096,mode=755']),
      ),
    },
    Mounts: [
      ...mounts
        .filter((mount) => mount.kind === 'bind')
        .map(({source, target}) => readOnlyBind(source, target)),
      readOnlyBind(agentPath, AGENT_PATH),
    ],
    MaskedPaths: [...MASKED_PATHS],
    ReadonlyPaths: [...READ_ONLY_PATHS],
    ...(runtime === undefined ? {} : {Runtime: runtime}),
  };
}

function agentArguments(): string[] {
  const numbers = {stream: 0, 'stream-out': 1, id: 1, uid: PROGRAM_ID, gid: PROGRAM_ID};
  const words = Object.entries(numbers).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return [...words, '--own-cgroup', '/sys/fs/cgroup'];
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
