import {randomBytes} from 'node:crypto';
import {chmod, mkdir, rmdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {SandglassError} from '@sandglass/protocol';
import {maxAgentPayloadBytes} from '@sandglass/protocol/agent';
import type {Driver, IsolationFacts, Sandbox, SandboxKind, SandboxLimits} from '../../driver.ts';
import {FrameConnection} from '../../frame-connection.ts';
import {Gate} from '../../gate.ts';
import {AgentSandbox} from '../shared/agent-sandbox.ts';
import {awaitGreeting} from '../shared/greeting.ts';
import {refusePinnedCpu} from '../shared/refuse-pinned-cpu.ts';
import {planRoot, type RootMount} from '../shared/root-plan.ts';
import {encodeIdentity, ownIdentity} from '../shared/worker-identity.ts';
import {bundleConfig} from './bundle.ts';
import {findRuntime, PROBED_WITHIN_MS, type Runtime} from './find-runtime.ts';
import type {GvisorDriverOptions} from './gvisor-driver-options.ts';
import {gvisorFacts} from './gvisor-facts.ts';
import {GvisorHost} from './gvisor-host.ts';
import {removeLeftovers} from './leftovers.ts';
import {ensureRootFolder} from './root-folder.ts';
import {RunscProcess} from './runsc-process.ts';
import {cgroupRoots, isRemoved, SandboxCgroup, usableCgroups} from './sandbox-cgroup.ts';

const CREATED_WITHIN_MS = 30_000;

const CREATIONS_AT_ONCE = 4;

/** Sentry and gofer, as measured on an idle sandbox. */
const IDLE_BYTES = 28 * 1024 * 1024;

const CGROUP_PARENT = 'sandglass-gvisor';

const PROBE_LIMITS: SandboxLimits = {
  memoryBytes: 64 * 1024 * 1024,
  processes: 16,
  cpuCount: 1,
  diskBytes: 1024 * 1024,
};

interface Root {
  readonly folder: string;
  readonly mounts: readonly RootMount[];
}

type State =
  | {readonly kind: 'new'}
  | {readonly kind: 'running'; readonly runtime: Runtime; readonly roots: ReadonlyMap<string, Root>}
  | {readonly kind: 'closed'};

/**
 * Sandboxes with a kernel of their own in user space: gVisor's sentry answers what programs ask of Linux, and asks the host for little. Each is one
 * `runsc run` over a bundle that is written here; no daemon is needed. The agent's stream is the socket pair that is its stdout.
 *
 * `runsc run` is a child of the worker, sentry and gofer are its children and end with it; all of them sit in a cgroup of the sandbox's own, through
 * which what is left is found and killed. When the worker dies, the stream ends, and with it the agent and the sandbox.
 */
export class GvisorDriver implements Driver {
  readonly name = 'gvisor';
  readonly fixedLimits = ['diskBytes'] as const;
  readonly idleBytes = IDLE_BYTES;
  readonly #options: GvisorDriverOptions;
  readonly #instance = encodeIdentity(ownIdentity());
  readonly #cgroups = usableCgroups();
  readonly #closing = new AbortController();
  readonly #creations = new Gate(CREATIONS_AT_ONCE);
  readonly #live = new Set<AgentSandbox>();
  readonly #underWay = new Set<Promise<unknown>>();
  #state: State = {kind: 'new'};
  #isolation: IsolationFacts | null = null;

  constructor(options: GvisorDriverOptions) {
    this.#options = options;
  }

  get hasEveryAddress(): boolean {
    return this.#state.kind === 'running' && this.#state.runtime.network.kind === 'every-address';
  }

  get isolation(): IsolationFacts {
    if (this.#isolation === null)
      throw new SandglassError('internal-error', 'The isolation of a driver is known after start().');
    return this.#isolation;
  }

  async start({signal}: {readonly signal: AbortSignal | undefined}): Promise<void> {
    if (this.#state.kind !== 'new')
      throw new SandglassError('internal-error', `Cannot start a driver that is ${this.#state.kind}.`);
    const {images, allowWeaker = false, onLog} = this.#options;
    await mkdir(this.#instances, {recursive: true, mode: 0o700});
    await chmod(this.#folder, 0o700);
    const cgroups = this.#cgroups === null ? null : {version: this.#cgroups, parent: CGROUP_PARENT};
    const removed = await removeLeftovers(this.#instances, cgroups);
    if (removed > 0) onLog?.(`removed the sandboxes of ${removed} workers that are gone`);
    const roots = new Map<string, Root>();
    for (const image of images) {
      const {entries, mounts} = planRoot(image);
      roots.set(image.name, {folder: await ensureRootFolder(join(this.#folder, 'roots'), entries), mounts});
    }
    const runtime = await this.#findRuntime(roots, signal);
    this.#isolation = gvisorFacts({platform: runtime.platform, cgroups: this.#cgroups, allowWeaker});
    this.#state = {kind: 'running', runtime, roots};
  }

  async create(
    kind: SandboxKind,
    limits: SandboxLimits,
    {signal}: {readonly signal: AbortSignal | undefined},
  ): Promise<Sandbox> {
    if (kind.network !== 'none')
      throw new SandglassError(
        'network-not-allowed',
        `Cannot create a sandbox with network ${JSON.stringify(kind.network)}: the gvisor driver offers "none" only.`,
      );
    refusePinnedCpu(limits);
    const {runtime, roots} = this.#running();
    const root = roots.get(kind.image);
    if (root === undefined)
      throw new SandglassError(
        'isolation-failed',
        `Cannot create a sandbox with image "${kind.image}": the gvisor driver has ${[...roots.keys()].join(', ') || 'none'}.`,
      );
    const withinMs = this.#options.createdWithinMs ?? CREATED_WITHIN_MS;
    const creation = this.#creations.run(() => this.#create(runtime, root, {kind, limits, signal, withinMs}));
    this.#underWay.add(creation);
    try {
      return await creation;
    } finally {
      this.#underWay.delete(creation);
    }
  }

  async close(): Promise<void> {
    const wasStarted = this.#state.kind === 'running';
    this.#state = {kind: 'closed'};
    this.#closing.abort(closed());
    while (this.#underWay.size + this.#live.size > 0)
      await Promise.allSettled([...this.#underWay, ...[...this.#live].map((sandbox) => sandbox.destroy())]);
    if (wasStarted) await this.#removeInstance();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get #folder(): string {
    return join(this.#options.runDir, 'gvisor');
  }

  get #instances(): string {
    return join(this.#folder, 'instances');
  }

  #running(): Extract<State, {kind: 'running'}> {
    const state = this.#state;
    switch (state.kind) {
      case 'running':
        return state;
      case 'new':
        throw new SandglassError('internal-error', 'Cannot create a sandbox before start().');
      case 'closed':
        throw closed();
      default:
        return state satisfies never;
    }
  }

  async #findRuntime(roots: ReadonlyMap<string, Root>, signal: AbortSignal | undefined): Promise<Runtime> {
    const root = roots.values().next().value ?? {
      folder: await ensureRootFolder(
        join(this.#folder, 'roots'),
        planRoot({name: 'probe', entries: []}).entries,
      ),
      mounts: [],
    };
    const kind = {image: 'probe', network: 'none'} as const;
    const wanted = {kind, limits: PROBE_LIMITS, signal, withinMs: PROBED_WITHIN_MS};
    try {
      return await findRuntime({
        options: this.#options,
        folder: this.#folder,
        signal,
        tryOut: async (runtime) => {
          await (await this.#create(runtime, root, wanted)).destroy();
        },
      });
    } catch (error) {
      await this.#removeInstance();
      throw error;
    }
  }

  async #create(
    runtime: Runtime,
    root: Root,
    wanted: {
      readonly kind: SandboxKind;
      readonly limits: SandboxLimits;
      readonly signal: AbortSignal | undefined;
      readonly withinMs: number;
    },
  ): Promise<AgentSandbox> {
    const signal =
      wanted.signal === undefined
        ? this.#closing.signal
        : AbortSignal.any([wanted.signal, this.#closing.signal]);
    signal.throwIfAborted();
    const {sandbox, host, process: runsc} = await this.#startSandbox(runtime, root, wanted);
    await awaitGreeting(sandbox, {withinMs: wanted.withinMs, signal, explain: () => runsc.lastWords});
    try {
      host.boundProgram();
    } catch (error) {
      await sandbox.destroy();
      throw error;
    }
    return sandbox;
  }

  async #startSandbox(
    {program, platform, network}: Runtime,
    {folder: rootFolder, mounts}: Root,
    {kind, limits}: {readonly kind: SandboxKind; readonly limits: SandboxLimits},
  ): Promise<{sandbox: AgentSandbox; host: GvisorHost; process: RunscProcess}> {
    const id = `sandglass-${randomBytes(8).toString('hex')}`;
    const folder = join(this.#instances, this.#instance, id);
    await mkdir(folder, {recursive: true, mode: 0o700});
    const agentPath = join(this.#options.nativeDir, 'sandglass-agent');
    await writeFile(
      join(folder, 'config.json'),
      JSON.stringify(bundleConfig({rootFolder, mounts, agentPath, limits, network})),
    );
    const cgroup =
      this.#cgroups === null
        ? null
        : new SandboxCgroup(this.#cgroups, join(CGROUP_PARENT, this.#instance), id);
    const process = new RunscProcess({
      program,
      platform,
      network,
      stateFolder: join(folder, 'state'),
      bundleFolder: folder,
      id,
      entrances: cgroup?.entrances ?? [],
    });
    const host = new GvisorHost({
      process,
      cgroup,
      folder,
      limits,
      onRemoved: () => this.#live.delete(sandbox),
    });
    const connection = new FrameConnection(process.stream, maxAgentPayloadBytes);
    const sandbox = new AgentSandbox({id, kind, connection, host});
    this.#live.add(sandbox);
    return {sandbox, host, process};
  }

  async #removeInstance(): Promise<void> {
    // Only when empty: another driver of this process may have sandboxes in it.
    await rmdir(join(this.#instances, this.#instance)).catch(ignore);
    if (this.#cgroups !== null)
      for (const folder of cgroupRoots(this.#cgroups, join(CGROUP_PARENT, this.#instance))) isRemoved(folder);
  }
}

function closed(): SandglassError {
  return new SandglassError('shutting-down', 'Cannot create a sandbox: the driver is closed.');
}

function ignore(): void {}
