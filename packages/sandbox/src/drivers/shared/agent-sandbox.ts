import {SandglassError} from '@sandglass/protocol';
import {AgentClient} from '../../agent-client/agent-client.ts';
import type {
  AbruptEnd,
  Command,
  Execution,
  ExitReport,
  RuntimeTemplate,
  Sandbox,
  SandboxFile,
  SandboxKind,
  SandboxLimits,
  SandboxUsage,
} from '../../driver.ts';
import type {FrameConnection} from '../../frame-connection.ts';

const GONE = 'the sandbox is gone';

/** What a driver does from outside for one of its sandboxes. */
export interface SandboxHost {
  configure(limits: SandboxLimits): Promise<void>;
  /** Ends every process and removes every trace; called once. Bounded in time. Null where the host does not count. */
  remove(): Promise<SandboxUsage | null>;
  /**
   * A bound outside counts the sandbox's processes, and programs are to have none besides: RLIMIT_NPROC counts those of a user in his namespace, which
   * may be the host's, where every sandbox's program is the same user.
   */
  readonly countsProcesses: boolean;
  /** Looked at when the stream ends: whether a limit that is enforced from outside has ended the sandbox as a whole. */
  abruptEnd(): AbruptEnd | null;
}

/**
 * A sandbox that is an agent at the end of a byte stream, and a host that bounds and removes it. The agent does what is asked inside;
 * it is not trusted with ending: whatever becomes of it, the host removes the sandbox.
 */
export class AgentSandbox implements Sandbox {
  readonly id: string;
  readonly kind: SandboxKind;
  readonly agent: AgentClient;
  readonly #host: SandboxHost;
  readonly #gone = new AbortController();
  /** What the agent told of its programs. */
  #counted: SandboxUsage = {cpuTimeMs: 0, memoryPeakBytes: 0, oomKills: 0};
  #removal: Promise<SandboxUsage> | null = null;

  /** Takes the connection over. */
  constructor(parts: {
    readonly id: string;
    readonly kind: SandboxKind;
    readonly connection: FrameConnection;
    readonly host: SandboxHost;
  }) {
    this.id = parts.id;
    this.kind = parts.kind;
    this.#host = parts.host;
    this.agent = new AgentClient(parts.connection, () => this.#remove().catch(ignore), {
      abruptEnd: () => parts.host.abruptEnd(),
    });
  }

  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  async configure(limits: SandboxLimits): Promise<void> {
    await this.#host.configure(limits);
  }

  writeFiles(files: readonly SandboxFile[]): Promise<void> {
    return this.agent.writeFiles(files);
  }

  readFile(path: string, options: {readonly maxBytes: number}): ReturnType<Sandbox['readFile']> {
    return this.agent.readFile(path, options);
  }

  listFiles(
    path: string,
    options: {readonly maxEntries: number; readonly maxDepth: number},
  ): ReturnType<Sandbox['listFiles']> {
    return this.agent.listFiles(path, options);
  }

  prime(template: RuntimeTemplate): Promise<void> {
    return this.agent.prime(template);
  }

  exec(command: Command): Execution {
    const execution = this.agent.exec(this.#host.countsProcesses ? {...command, processes: 0} : command);
    execution.exited.then((report) => this.#count(report), ignore);
    return execution;
  }

  killAll(): Promise<void> {
    return this.agent.killAll();
  }

  async destroy(): Promise<SandboxUsage> {
    return await this.#remove();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.destroy();
  }

  #count({cpuTimeMs, memoryPeakBytes, oomKills}: ExitReport): void {
    this.#counted = {
      cpuTimeMs: this.#counted.cpuTimeMs + cpuTimeMs,
      memoryPeakBytes: Math.max(this.#counted.memoryPeakBytes, memoryPeakBytes),
      oomKills: this.#counted.oomKills + oomKills,
    };
  }

  #remove(): Promise<SandboxUsage> {
    this.#removal ??= this.#removeOnce();
    return this.#removal;
  }

  async #removeOnce(): Promise<SandboxUsage> {
    try {
      return (await this.#host.remove()) ?? this.#counted;
    } finally {
      // With a reason, as the platform otherwise makes an exception with a stack trace for each of thousands of ordinary ends.
      this.#gone.abort(GONE);
      this.agent.close(() => new SandglassError('sandbox-lost', `Sandbox ${this.id} was destroyed.`));
    }
  }
}

function ignore(): void {}
