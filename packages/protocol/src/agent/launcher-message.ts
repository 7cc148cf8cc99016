import type {StepResult} from './agent-message.ts';

/** Bounds of a sandbox as the launcher sets them. */
export interface LauncherLimits {
  readonly memoryBytes: number;
  readonly processes: number;
  /** Thousandths of a core. */
  readonly cpuThousandths: number;
  readonly diskBytes: number;
  readonly inodes: number;
  /** 0 means unlimited. */
  readonly diskIoBytesPerSecond: number;
}

/** What a worker says to the launcher (section 5). */
export type LauncherRequest =
  | {readonly kind: 'control'}
  | {
      readonly kind: 'create';
      readonly limits: LauncherLimits;
      readonly image: string;
      readonly hostname: string;
    }
  | {readonly kind: 'configure'; readonly sandboxId: number; readonly limits: LauncherLimits}
  | {readonly kind: 'destroy'; readonly sandboxId: number}
  | {readonly kind: 'ping'}
  | {readonly kind: 'pin'; readonly sandboxId: number; readonly cpu: number};

/** The launcher's account of what it can enforce here; the JSON of READY. */
export interface LauncherFacts {
  readonly rootless: boolean;
  readonly cgroup: 'v1' | 'v2' | 'hybrid' | 'none';
  readonly enforced: readonly string[];
  readonly weaker: readonly {
    readonly mechanism: string;
    readonly reason: string;
    readonly remedy: string;
  }[];
  /** Most sandboxes at once. */
  readonly sandboxes: number;
  /** Cores that sandboxes can be given to themselves, all but one of them at once; empty where the kernel cannot keep others off. */
  readonly cpus: readonly number[];
}

/** What the launcher says to a worker (section 6). */
export type LauncherMessage =
  | {readonly kind: 'ready'; readonly version: number; readonly facts: LauncherFacts}
  | {readonly kind: 'created'; readonly sandboxId: number}
  | ({readonly kind: 'done'; readonly sandboxId: number} & StepResult)
  | {
      readonly kind: 'gone';
      readonly sandboxId: number;
      readonly wasAsked: boolean;
      /** Wait status of the agent, as `waitpid(2)` gives it. */
      readonly waitStatus: number;
      readonly cpuTimeNs: number;
      readonly memoryPeakBytes: number;
      readonly oomKills: number;
    }
  | {readonly kind: 'pong'; readonly liveSandboxes: number}
  | ({readonly kind: 'fault'} & StepResult);
