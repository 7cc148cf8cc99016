import type {SandboxLimits} from '../../driver.ts';
import {AGENT_CAPABILITIES, AGENT_PATH, inodesFor, PROGRAM_ID} from '../shared/agent-command.ts';
import type {RootMount} from '../shared/root-plan.ts';
import type {GvisorNetwork} from './runsc-process.ts';

const MIB = 1024 * 1024;

export interface BundleParts {
  /** Folder with the small tree that mounts are put on. */
  readonly rootFolder: string;
  readonly mounts: readonly RootMount[];
  readonly agentPath: string;
  readonly limits: SandboxLimits;
  readonly network: GvisorNetwork;
}

/**
 * The `config.json` of a sandbox (https://github.com/opencontainers/runtime-spec): the agent as the only program, no network, a read-only root
 * with what the image binds, three writable places in the sentry's memory.
 */
export function bundleConfig({rootFolder, mounts, agentPath, limits, network}: BundleParts): object {
  const capabilities = AGENT_CAPABILITIES.map((name) => `CAP_${name}`);
  const writable = [
    'nosuid',
    'nodev',
    `size=${limits.diskBytes}`,
    `nr_inodes=${inodesFor(limits.diskBytes)}`,
  ];
  return {
    ociVersion: '1.0.2',
    process: {
      terminal: false,
      user: {uid: 0, gid: 0},
      args: [
        AGENT_PATH,
        '--stream',
        '1',
        '--id',
        '1',
        '--uid',
        String(PROGRAM_ID),
        '--gid',
        String(PROGRAM_ID),
      ],
      env: [],
      cwd: '/work',
      noNewPrivileges: true,
      capabilities: {
        bounding: capabilities,
        effective: capabilities,
        permitted: capabilities,
        inheritable: [],
      },
      rlimits: [
        {type: 'RLIMIT_NOFILE', soft: 4096, hard: 4096},
        {type: 'RLIMIT_CORE', soft: 0, hard: 0},
      ],
    },
    root: {path: rootFolder, readonly: true},
    hostname: 'sandbox',
    mounts: [
      {destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'nodev', 'noexec']},
      ...mounts.map(ociMount),
      {destination: AGENT_PATH, type: 'bind', source: agentPath, options: ['bind', 'ro', 'nosuid', 'nodev']},
      {
        destination: '/work',
        type: 'tmpfs',
        source: 'tmpfs',
        options: [...writable, `uid=${PROGRAM_ID}`, `gid=${PROGRAM_ID}`, 'mode=755'],
      },
      {destination: '/tmp', type: 'tmpfs', source: 'tmpfs', options: [...writable, 'mode=1777']},
      {
        destination: '/dev/shm',
        type: 'tmpfs',
        source: 'tmpfs',
        options: ['nosuid', 'nodev', `size=${Math.min(limits.diskBytes, 64 * MIB)}`, 'mode=1777'],
      },
    ],
    linux: {
      namespaces: [
        ...['pid', 'mount', 'ipc', 'uts'].map((type) => ({type})),
        // The one that runsc was started in, for it to take the addresses of.
        {type: 'network', ...(network.kind === 'every-address' ? {path: '/proc/self/ns/net'} : {})},
      ],
    },
  };
}

function ociMount(mount: RootMount): object {
  return mount.kind === 'bind'
    ? {
        destination: mount.target,
        type: 'bind',
        source: mount.source,
        options: ['bind', 'ro', 'nosuid', 'nodev'],
      }
    : {
        destination: mount.target,
        type: 'tmpfs',
        source: 'tmpfs',
        options: ['ro', 'nosuid', 'nodev', 'noexec', 'size=4096', 'mode=755'],
      };
}
