import {SandglassError} from '@sandglass/protocol';
import {AgentClient} from '../../agent-client/agent-client.ts';
import type {
  Command,
  Execution,
  RuntimeTemplate,
  Sandbox,
  SandboxFile,
  SandboxKind,
  SandboxLimits,
  SandboxUsage,
} from '../../driver.ts';
import type {FrameConnection} from '../../frame-connection.ts';

/** Killing, reaping and removing takes a millisecond; past this something in the kernel or the launcher is stuck. */
const GONE_WITHIN_MS = 5_000;

const GONE = 'the sandbox is gone';

const UNKNOWN_USAGE: SandboxUsage = {cpuTimeMs: 0, memoryPeakBytes: 0, oomKills: 0};

/** What a sandbox needs of the launcher that made it. */
export interface SandboxControl {
  configure(sandboxId: number, limits: SandboxLimits): Promise<void>;
  /** Answered by `onGone` of the sandbox. */
  destroy(sandboxId: number): void;
}

/**
 * A sandbox of the linux driver. The agent does what is asked inside; the launcher is who destroys it for certain, so an agent
 * that is lost, or was caught lying, is always followed by an order to the launcher.
 */
export class LinuxSandbox implements Sandbox {
  readonly id: string;
  readonly kind: SandboxKind;
  readonly agent: AgentClient;
  readonly #launcherId: number;
  readonly #control: SandboxControl;
  readonly #gone = new AbortController();
  readonly #usage = Promise.withResolvers<SandboxUsage>();
  #destroyTimer: NodeJS.Timeout | null = null;

  /** Takes the connection over. */
  constructor(parts: {
    readonly instance: string;
    readonly launcherId: number;
    readonly kind: SandboxKind;
    readonly connection: FrameConnection;
    readonly control: SandboxControl;
  }) {
    this.id = `${parts.instance}-${parts.launcherId}`;
    this.kind = parts.kind;
    this.#launcherId = parts.launcherId;
    this.#control = parts.control;
    // Nobody may be waiting when the sandbox ends by itself; whoever calls destroy later gets the outcome.
    this.#usage.promise.catch(ignore);
    this.agent = new AgentClient(parts.connection, () => this.#orderDestruction());
  }

  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  async configure(limits: SandboxLimits): Promise<void> {
    await this.#control.configure(this.#launcherId, limits);
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

  get hasPrimed(): boolean {
    return this.agent.hasPrimed;
  }

  exec(command: Command): Execution {
    return this.agent.exec(command);
  }

  killAll(): Promise<void> {
    return this.agent.killAll();
  }

  destroy(): Promise<SandboxUsage> {
    this.#orderDestruction();
    return this.#usage.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.destroy();
  }

  /** The launcher says that nothing is left. */
  onGone(usage: SandboxUsage): void {
    this.#end(() => new SandglassError('sandbox-lost', `Sandbox ${this.id} was destroyed.`));
    this.#usage.resolve(usage);
  }

  /**
   * The launcher itself is gone. The kernel kills an agent whose launcher ends, and with it everything in the sandbox; the
   * launcher that follows removes the empty cgroups at its start.
   */
  onLauncherLost(error: Error): void {
    this.#end(() => error);
    this.#usage.resolve(UNKNOWN_USAGE);
  }

  #orderDestruction(): void {
    if (this.#destroyTimer !== null || this.gone.aborted) return;
    this.#destroyTimer = setTimeout(() => this.#onStuck(), GONE_WITHIN_MS);
    this.#control.destroy(this.#launcherId);
  }

  #onStuck(): void {
    const error = new SandglassError(
      'sandbox-lost',
      `Sandbox ${this.id} was not gone ${GONE_WITHIN_MS} ms after its destruction was ordered. Look at the launcher's log.`,
    );
    this.#usage.reject(error);
    this.#end(() => error);
  }

  #end(describe: () => Error): void {
    if (this.gone.aborted) return;
    // Aborted before the agent is closed, which would order the destruction of what is gone. With a reason, as the platform
    // otherwise makes an exception with a stack trace for each of thousands of ordinary ends.
    this.#gone.abort(GONE);
    if (this.#destroyTimer !== null) clearTimeout(this.#destroyTimer);
    this.agent.close(describe);
  }
}

function ignore(): void {}
