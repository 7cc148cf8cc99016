import {SandglassError} from '@sandglass/protocol';
import type Docker from 'dockerode';
import type {IsolationFacts, WeakerMechanism} from '../../driver.ts';
import {type BoundableResources, hasOwnKernel, isGvisor} from './container-options.ts';
import {canReadKernelLog} from './kernel-log.ts';

/** The fields of the daemon's `/info` that say what it can bound. Podman answers with the same. */
export interface DaemonInfo {
  readonly MemoryLimit?: boolean;
  readonly SwapLimit?: boolean;
  readonly PidsLimit?: boolean;
  readonly CpuCfsQuota?: boolean;
  readonly CPUCfsQuota?: boolean;
  /** Podman's only. */
  readonly BuildahVersion?: string;
  readonly SecurityOptions?: readonly string[] | null;
}

/** What Podman's own part of the API says about the same. */
interface PodmanInfo {
  readonly host?: {
    readonly cgroupControllers?: readonly string[] | null;
    readonly security?: {readonly rootless?: boolean};
  };
}

/**
 * Asks the daemon what it can do. Podman's answer in Docker's terms is what the kernel could do for root; a rootless service gives its containers
 * only the controllers that were delegated to it, and none on cgroup version 1, so those count.
 */
export async function askDaemon(docker: Docker): Promise<DaemonInfo> {
  const info = (await docker.info()) as DaemonInfo;
  if (!isPodman(info)) return info;
  const {host} = await askPodman(docker);
  const has = (controller: string): boolean => host?.cgroupControllers?.includes(controller) ?? false;
  return {
    ...info,
    MemoryLimit: has('memory'),
    SwapLimit: info.SwapLimit === true && has('memory'),
    PidsLimit: has('pids'),
    CpuCfsQuota: has('cpu'),
    CPUCfsQuota: has('cpu'),
    SecurityOptions: [
      ...(info.SecurityOptions ?? []),
      ...(host?.security?.rootless === true ? ['name=rootless'] : []),
    ],
  };
}

async function askPodman(docker: Docker): Promise<PodmanInfo> {
  return await new Promise((resolve, reject) =>
    docker.modem.dial(
      {path: '/v4.0.0/libpod/info', method: 'GET', statusCodes: {200: true, 500: 'server error'}},
      (error: Error | null, answer: unknown) =>
        error === null ? resolve(answer as PodmanInfo) : reject(error),
    ),
  );
}

export function isPodman({BuildahVersion}: DaemonInfo): boolean {
  return BuildahVersion !== undefined;
}

export function boundableResources(info: DaemonInfo): BoundableResources {
  return {
    memory: info.MemoryLimit === true,
    pids: info.PidsLimit === true,
    cpu: (info.CpuCfsQuota ?? info.CPUCfsQuota) === true,
  };
}

const ALWAYS = [
  'namespaces',
  'no-network',
  'read-only-root',
  'separate-uid',
  'no-new-privileges',
  'no-capabilities',
];

/**
 * What containers of this daemon are held to. Throws `isolation-unavailable` when it cannot bound memory, processes or processor time, unless
 * `allowWeaker` accepts that.
 */
export function dockerFacts(
  info: DaemonInfo,
  {runtime, allowWeaker}: {readonly runtime: string | undefined; readonly allowWeaker: boolean},
): IsolationFacts {
  const options = info.SecurityOptions ?? [];
  const has = (name: string): boolean => options.some((option) => option.split(',').includes(`name=${name}`));
  const can = boundableResources(info);
  const weaker: WeakerMechanism[] = [
    ...missing(can.memory, 'memory', 'the daemon has no memory cgroup'),
    ...missing(can.pids, 'pids', 'the daemon has no pids cgroup'),
    ...missing(can.cpu, 'cpu', 'the daemon has no cpu cgroup'),
  ];
  const [first] = weaker;
  if (first !== undefined && !allowWeaker)
    throw new SandglassError(
      'isolation-unavailable',
      `Cannot isolate with docker: ${first.mechanism} cannot be bounded, as ${first.reason}. To get it: ${first.remedy}. ` +
        'To run programs without it, allow weaker isolation (allowWeaker).',
    );
  const hasUserNamespace = has('userns') || has('rootless');
  const hasSeccomp = has('seccomp');
  return {
    driver: 'docker',
    enforced: [
      ...ALWAYS,
      ...['memory', 'pids', 'cpu']
        .filter((name) => !weaker.some(({mechanism}) => mechanism === name))
        .filter((name) => !(name === 'pids' && hasOwnKernel(runtime))),
      'seccomp',
      'disk',
      ...(hasSeccomp ? ['container-seccomp'] : []),
      ...(hasUserNamespace ? ['user-namespace'] : []),
      ...(info.SwapLimit === true ? ['no-swap'] : []),
      ...(runtime === undefined ? [] : [`runtime-${runtime}`]),
    ],
    weaker: [
      ...weaker,
      ...(hasSeccomp
        ? []
        : [
            {
              mechanism: 'container-seccomp',
              reason:
                'the daemon was built without seccomp; the filter of programs is installed by the agent all the same',
              remedy: 'use a daemon with seccomp',
            },
          ]),
      ...(hasUserNamespace
        ? []
        : [
            {
              mechanism: 'user-namespace',
              reason: "user ids inside are the host's: the agent is the host's root, with three capabilities",
              remedy:
                'set "userns-remap": "default" in /etc/docker/daemon.json, or use rootless Docker or Podman',
            },
          ]),
      ...(info.SwapLimit === true
        ? []
        : [
            {
              mechanism: 'no-swap',
              reason: "the daemon's kernel does not account for swap",
              remedy: 'boot with swapaccount=1, or switch swap off',
            },
          ]),
      ...(isPodman(info) ? [PODMAN_FILES] : []),
      ...(hasOwnKernel(runtime) && info.PidsLimit === true ? [OWN_KERNEL_PIDS] : []),
      ...(hasOwnKernel(runtime) && !(isGvisor(runtime) && canReadKernelLog()) ? [MEMORY_VERDICT] : []),
      ...BY_DESIGN,
    ],
  };
}

const PODMAN_FILES: WeakerMechanism = {
  mechanism: 'inodes',
  reason: 'Podman gives a tmpfs no bound on the number of files; memory bounds them',
  remedy: 'use Docker, or the linux or the microvm level',
};

const OWN_KERNEL_PIDS: WeakerMechanism = {
  mechanism: 'pids',
  reason:
    "the runtime's kernel bounds the processes of the user inside (RLIMIT_NPROC); the cgroup bounds its own threads on the host",
  remedy: 'use the linux or the microvm level, or the default runtime',
};

const MEMORY_VERDICT: WeakerMechanism = {
  mechanism: 'memory-verdict',
  reason:
    "out of memory the runtime's kernel kills by itself, and nobody tells: such a program ends by SIGKILL, or its run as internal-error",
  remedy:
    'use the gvisor level, or runsc as the runtime with the worker as root, who can read it in the kernel log',
};

/** True for containers of every daemon. */
const BY_DESIGN: readonly WeakerMechanism[] = [
  {
    mechanism: 'agent-bound',
    reason: 'the agent shares the memory and process bounds of the program, with an allowance of its own',
    remedy: 'use the linux or the microvm level, where it is bounded apart',
  },
  {
    mechanism: 'shared-disk',
    reason: '/work, /tmp and /dev/shm are bounded one by one; memory bounds their sum',
    remedy: 'use the linux or the microvm level, where one bound holds for all writable places',
  },
];

function missing(isThere: boolean, mechanism: string, reason: string): readonly WeakerMechanism[] {
  return isThere
    ? []
    : [
        {
          mechanism,
          reason,
          remedy: 'run the daemon with cgroups: as root, or rootless with cgroup v2 delegated',
        },
      ];
}
