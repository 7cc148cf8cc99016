/** Which output a credit or a piece of output belongs to; the numbers of docs/agent-protocol.md. */
export const OUTPUT_STREAMS = {stdout: 1, stderr: 2, terminal: 3} as const;
export type OutputStreamName = keyof typeof OUTPUT_STREAMS;

/** Who gets a signal; a terminal's group is its foreground group. */
export const SIGNAL_SCOPES = {main: 0, group: 1, all: 2} as const;
export type SignalScope = keyof typeof SIGNAL_SCOPES;

/** What a process is made of at its start; the same for the same program at any time. */
export interface ProcessStart {
  readonly cwd: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** 0 leaves the limit that is inherited. */
  readonly stackBytes: number;
  readonly openFiles: number;
}

/** A program to start. Zero means "none" for each limit. Times in milliseconds, sizes in bytes. */
export interface ExecMessage extends ProcessStart {
  readonly kind: 'exec';
  readonly terminal: {readonly columns: number; readonly rows: number} | null;
  readonly stopAtOutputLimit: boolean;
  readonly keepOthers: boolean;
  readonly wallTimeMs: number;
  readonly cpuTimeMs: number;
  readonly outputBytes: number;
  readonly fileBytes: number;
  readonly processes: number;
  /** Output that the agent may send on each stream before it gets credit. */
  readonly windowBytes: number;
  /** Take the primed runtime over if it is exactly what this would start. */
  readonly takesPrimed: boolean;
}

/** A runtime to start ahead of its program. */
export interface PrimeMessage extends ProcessStart {
  readonly kind: 'prime';
  /** Absolute path of the library that holds it back, as the sandbox sees it. */
  readonly library: string;
  /** It stops where it first names one of these to the kernel. */
  readonly stopAt: readonly string[];
}

/** What a worker says to an agent (section 2). The stream id is kept apart: it names the exec or request that is meant. */
export type WorkerMessage =
  | {
      readonly kind: 'write';
      readonly path: string;
      readonly mode: number;
      readonly content: Uint8Array;
      /** A failure is then reported by the next exec instead of a RESULT. */
      readonly isQuiet: boolean;
    }
  | ExecMessage
  | {readonly kind: 'stdin'; readonly data: Uint8Array; readonly isLast: boolean}
  | {readonly kind: 'credit'; readonly stream: OutputStreamName; readonly bytes: number}
  | {readonly kind: 'signal'; readonly signal: number; readonly scope: SignalScope}
  | {readonly kind: 'resize'; readonly columns: number; readonly rows: number}
  | {readonly kind: 'read'; readonly path: string; readonly offset: number; readonly maxBytes: number}
  | {readonly kind: 'list'; readonly path: string; readonly maxEntries: number; readonly maxDepth: number}
  | PrimeMessage
  | {readonly kind: 'kill'}
  /** Not answered; for agents that end when they hear nothing. */
  | {readonly kind: 'alive'};
