/** Which output a credit or a piece of output belongs to; the numbers of docs/agent-protocol.md. */
export const OUTPUT_STREAMS = {stdout: 1, stderr: 2, terminal: 3} as const;
export type OutputStreamName = keyof typeof OUTPUT_STREAMS;

/** Who gets a signal; a terminal's group is its foreground group. */
export const SIGNAL_SCOPES = {main: 0, group: 1, all: 2} as const;
export type SignalScope = keyof typeof SIGNAL_SCOPES;

/** A program to start. Zero means "none" for each limit. Times in milliseconds, sizes in bytes. */
export interface ExecMessage {
  readonly kind: 'exec';
  readonly terminal: {readonly columns: number; readonly rows: number} | null;
  readonly stopAtOutputLimit: boolean;
  readonly keepOthers: boolean;
  readonly wallTimeMs: number;
  readonly cpuTimeMs: number;
  readonly outputBytes: number;
  readonly fileBytes: number;
  readonly stackBytes: number;
  readonly processes: number;
  readonly openFiles: number;
  /** Output that the agent may send on each stream before it gets credit. */
  readonly windowBytes: number;
  readonly cwd: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
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
  | {readonly kind: 'kill'};
