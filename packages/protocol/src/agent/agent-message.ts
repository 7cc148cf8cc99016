import type {OutputStreamName} from './worker-message.ts';

/** How a step inside the sandbox went; `step` 0 is success, see `stepName`. */
export interface StepResult {
  readonly step: number;
  readonly errno: number;
  readonly detail: string;
}

export const ENTRY_KINDS = ['file', 'directory', 'symlink', 'other'] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

export interface ListedEntry {
  /** Relative to the listed directory. Bytes that are not UTF-8 appear as U+FFFD. */
  readonly path: string;
  readonly kind: EntryKind;
  readonly mode: number;
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
}

/** Why the agent ended a program, in the order of the numbers on the wire. */
export const STOP_REASONS = [
  'none',
  'wall-time',
  'cpu-time',
  'output-limit',
  'out-of-memory',
  'killed',
] as const;
export type AgentStopReason = (typeof STOP_REASONS)[number];

/** The end of a program and what it used (section 3.1). */
export interface ExitedMessage {
  readonly kind: 'exited';
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  /** Signal number; null when it exited. */
  readonly signal: number | null;
  readonly stopReason: AgentStopReason;
  readonly wallTimeNs: number;
  readonly cpuTimeNs: number;
  readonly memoryPeakBytes: number;
  readonly processesPeak: number;
  readonly oomKills: number;
  readonly forksRefused: number;
  readonly stdoutBytes: number;
  readonly stderrBytes: number;
  readonly diskUsedBytes: number;
  /** Bits of `FACTS`. */
  readonly facts: number;
}

/** Section 3.2: where figures come from, and what was found full at exit. */
export const FACTS = {
  cpuFromCgroup: 0x01,
  memoryFromCgroup: 0x02,
  processesFromCgroup: 0x04,
  separateUid: 0x08,
  diskFull: 0x10,
  inodesFull: 0x20,
  fileLimitReached: 0x40,
  stdoutTruncated: 0x80,
  stderrTruncated: 0x100,
  primed: 0x200,
} as const;

/** What an agent says to a worker (section 3), checked field by field; the agent is not trusted. */
export type AgentMessage =
  | {
      readonly kind: 'hello';
      readonly version: number;
      readonly programUid: number;
      /** The first four bits of `FACTS`. */
      readonly facts: number;
      readonly sandboxId: number;
    }
  | ({readonly kind: 'result'} & StepResult)
  | {readonly kind: 'started'; readonly pid: number}
  | {readonly kind: 'output'; readonly stream: OutputStreamName; readonly data: Buffer}
  | ExitedMessage
  | {readonly kind: 'data'; readonly data: Buffer; readonly isLast: boolean}
  | {
      readonly kind: 'entries';
      readonly entries: readonly ListedEntry[];
      readonly isLast: boolean;
      readonly isTruncated: boolean;
    }
  | {readonly kind: 'stdin-credit'; readonly bytes: number}
  | ({readonly kind: 'fault'} & StepResult);
