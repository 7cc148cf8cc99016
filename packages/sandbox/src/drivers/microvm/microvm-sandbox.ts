import {SandglassError} from '@sandglass/protocol';
import {type LauncherFacts, maxAgentPayloadBytes} from '@sandglass/protocol/agent';
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
import {FrameConnection} from '../../frame-connection.ts';
import {launcherLimits} from '../linux/launcher-limits.ts';
import {type Greeting, launcherFacts} from './greeting.ts';
import {GuestLink} from './guest-link.ts';
import {LauncherLink} from './launcher-link.ts';
import type {Machine, MachineStreams} from './machine-monitor.ts';
import {Parking} from './parking.ts';

const GONE = 'the sandbox is gone';

/** A sandbox that has a machine of its own. Whatever happens to one of them ends the other. */
export class MicrovmSandbox implements Sandbox {
  readonly id: string;
  readonly kind: SandboxKind;
  /** What the launcher in the guest can enforce there. */
  readonly facts: LauncherFacts;
  readonly #machine: Machine;
  readonly #agent: AgentClient;
  readonly #guest: GuestLink;
  readonly #launcher: LauncherLink;
  readonly #maxMemoryBytes: number;
  readonly #parking: Parking;
  readonly #gone = new AbortController();
  #fault: string | null = null;
  #destroying: Promise<SandboxUsage> | null = null;

  /** Takes machine and streams over. */
  constructor(parts: {
    readonly id: string;
    readonly kind: SandboxKind;
    readonly machine: Machine;
    readonly streams: MachineStreams;
    readonly greeting: Greeting;
    /** Most that a limit may ask for in a machine of this size. */
    readonly maxMemoryBytes: number;
    /** See `AgentClient`. */
    readonly patience: number;
  }) {
    this.id = parts.id;
    this.kind = parts.kind;
    this.facts = launcherFacts(parts.greeting);
    this.#machine = parts.machine;
    this.#maxMemoryBytes = parts.maxMemoryBytes;
    this.#guest = new GuestLink(parts.streams.guest);
    this.#launcher = new LauncherLink(parts.streams.launcher, parts.greeting.sandboxId);
    parts.streams.agent.unshift(parts.greeting.hello);
    const connection = new FrameConnection(parts.streams.agent, maxAgentPayloadBytes);
    this.#agent = new AgentClient(connection, () => this.#onLost(), {patience: parts.patience});
    this.#parking = new Parking({
      machine: parts.machine,
      renew: () => this.#guest.renew(),
      rehearse: () => this.#agent.listFiles('', {maxEntries: 1, maxDepth: 1}),
      held: [parts.streams.launcher, parts.streams.agent],
    });
    // Whoever read the greeting left them paused.
    for (const stream of Object.values(parts.streams)) stream.resume();
    parts.machine.ended.then(() => this.#onLost());
    parts.machine.onFault((why) => {
      this.#fault ??= why;
      this.#onLost();
    });
  }

  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Makes the restored machine one of a kind, and sets its first limits. To be called once, before anything else. */
  async begin(limits: SandboxLimits): Promise<void> {
    await Promise.all([this.#guest.renew(), this.configure(limits), this.#agent.hello]);
    this.#parking.begin();
  }

  async configure(limits: SandboxLimits): Promise<void> {
    if (limits.memoryBytes > this.#maxMemoryBytes)
      throw new SandglassError(
        'isolation-failed',
        `Cannot give a sandbox ${limits.memoryBytes} bytes of memory: its machine has ${this.#maxMemoryBytes} for programs. ` +
          "Ask for less, or raise the machines' memory.",
      );
    if (limits.pinnedCpu !== undefined)
      throw new SandglassError(
        'isolation-failed',
        `Cannot give core ${limits.pinnedCpu} to a microVM alone: only sandboxes of the linux driver can be pinned.`,
      );
    this.#parking.leave();
    await this.#launcher.configure(launcherLimits(limits, 0));
  }

  writeFiles(files: readonly SandboxFile[]): Promise<void> {
    this.#parking.leave();
    return this.#agent.writeFiles(files);
  }

  readFile(path: string, options: {readonly maxBytes: number}): ReturnType<Sandbox['readFile']> {
    this.#parking.leave();
    return this.#agent.readFile(path, options);
  }

  listFiles(
    path: string,
    options: {readonly maxEntries: number; readonly maxDepth: number},
  ): ReturnType<Sandbox['listFiles']> {
    this.#parking.leave();
    return this.#agent.listFiles(path, options);
  }

  prime(template: RuntimeTemplate): Promise<void> {
    return this.#agent.prime(template);
  }

  exec(command: Command): Execution {
    this.#parking.leave();
    return this.#agent.exec(command);
  }

  killAll(): Promise<void> {
    this.#parking.leave();
    return this.#agent.killAll();
  }

  destroy(): Promise<SandboxUsage> {
    this.#destroying ??= this.#destroy();
    return this.#destroying;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.destroy();
  }

  /** The agent went, was caught lying, or the monitor died: the rest goes too. Whoever calls `destroy` gets the outcome. */
  #onLost(): void {
    this.destroy().catch(() => {});
  }

  async #destroy(): Promise<SandboxUsage> {
    this.#parking.end();
    const killing = this.#machine.kill();
    const how = this.#fault === null ? 'was destroyed' : `was lost: ${this.#fault}`;
    const describe = (): Error => new SandglassError('sandbox-lost', `Sandbox ${this.id} ${how}.`);
    this.#agent.close(describe);
    this.#guest.close();
    this.#launcher.close();
    try {
      return await killing;
    } finally {
      this.#gone.abort(GONE);
    }
  }
}
