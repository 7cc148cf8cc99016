import {SandglassError} from '@sandglass/protocol';
import type {IsolationFacts, WeakerMechanism} from '../../driver.ts';
import type {GvisorPlatform} from './gvisor-driver-options.ts';
import type {CgroupVersion} from './sandbox-cgroup.ts';

const ALWAYS = [
  'user-space-kernel',
  'namespaces',
  'no-network',
  'read-only-root',
  'separate-uid',
  'no-new-privileges',
  'no-capabilities',
  'seccomp',
  'disk',
];

const BY_CGROUP = ['memory', 'cpu', 'no-swap'];

/** What sandboxes are held to. Throws `isolation-unavailable` without cgroups, unless `allowWeaker` accepts that. */
export function gvisorFacts(parts: {
  readonly platform: GvisorPlatform;
  readonly cgroups: CgroupVersion | null;
  readonly allowWeaker: boolean;
}): IsolationFacts {
  const {platform, cgroups, allowWeaker} = parts;
  if (cgroups === null && !allowWeaker)
    throw new SandglassError(
      'isolation-unavailable',
      'Cannot isolate with gvisor: memory and processor time cannot be bounded, as this process may not make cgroups. ' +
        'Run Sandglass as root, or allow weaker isolation (allowWeaker).',
    );
  return {
    driver: 'gvisor',
    enforced: [...ALWAYS, ...(cgroups === null ? [] : BY_CGROUP), `platform-${platform}`],
    weaker: [
      ...(cgroups === null ? BY_CGROUP.map(withoutCgroup) : []),
      ...(platform === 'ptrace' ? [BY_PTRACE] : []),
      ...BY_DESIGN,
    ],
  };
}

function withoutCgroup(mechanism: string): WeakerMechanism {
  return {mechanism, reason: 'this process may not make cgroups', remedy: 'run Sandglass as root'};
}

/** gVisor itself calls it deprecated, and keeps it where nothing else runs. */
const BY_PTRACE: WeakerMechanism = {
  mechanism: 'platform',
  reason:
    'system calls are caught with ptrace, the slowest way; releases before 2023 have no other without KVM',
  remedy: 'run "sandglass gvisor fetch" and start the server again: a newer release has systrap',
};

const BY_DESIGN: readonly WeakerMechanism[] = [
  {
    mechanism: 'pids',
    reason:
      "the guest's processes are threads of the sentry, so they are bounded for each user inside (RLIMIT_NPROC), not as a cgroup",
    remedy: 'use the linux, docker or microvm level, where a cgroup counts and bounds them',
  },
  {
    mechanism: 'agent-bound',
    reason: 'the agent shares the memory bound of the program; out of memory the whole sandbox ends',
    remedy: 'use the linux or the microvm level, where it is bounded apart',
  },
  {
    mechanism: 'shared-disk',
    reason: '/work, /tmp and /dev/shm are bounded one by one; memory bounds their sum',
    remedy: 'use the linux or the microvm level, where one bound holds for all writable places',
  },
];
