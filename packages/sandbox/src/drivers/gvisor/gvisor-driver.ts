import {randomBytes} from 'node:crypto';
import {accessSync, constants} from 'node:fs';
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
import {fetchedRunsc} from './debian-runsc.ts';
import {GVISOR_PLATFORMS, type GvisorDriverOptions, type GvisorPlatform} from './gvisor-driver-options.ts';
import {gvisorFacts} from './gvisor-facts.ts';
import {GvisorHost} from './gvisor-host.ts';
import {removeLeftovers} from './leftovers.ts';
import {RememberedPlatform} from './remembered-platform.ts';
import {ensureRootFolder} from './root-folder.ts';
import {RunscProcess} from './runsc-process.ts';
import {inspectRunsc, type RunscProgram} from './runsc-program.ts';
import {cgroupRoots, isRemoved, SandboxCgroup, usableCgroups} from './sandbox-cgroup.ts';

const CREATED_WITHIN_MS = 30_000;

/** A platform that works runs the agent within half a second; a KVM that cannot run guests hangs (nested, or in translation). */
const PROBED_WITHIN_MS = 5_000;

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

/** A program and a platform of it with which a sandbox was really made. */
interface Runtime {
  readonly program: RunscProgram;
  readonly platform: GvisorPlatform;
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

  /**
   * Really makes a sandbox with each program and each platform of it, until one answers. Throws `isolation-unavailable` with what the
   * last one said.
   */
  async #findRuntime(roots: ReadonlyMap<string, Root>, signal: AbortSignal | undefined): Promise<Runtime> {
    const root = roots.values().next().value ?? {
      folder: await ensureRootFolder(
        join(this.#folder, 'roots'),
        planRoot({name: 'probe', entries: []}).entries,
      ),
      mounts: [],
    };
    let failure: unknown = null;
    for (const path of await this.#candidates()) {
      const program = await inspectRunsc(path);
      const found = await this.#tryProgram(program, root, signal);
      if (found.kind === 'runs') {
        this.#options.onLog?.(`gVisor: ${path} (${program.version}), platform ${found.platform}`);
        return {program, platform: found.platform};
      }
      failure = found.failure;
    }
    await this.#removeInstance();
    throw new SandglassError(
      'isolation-unavailable',
      `Cannot run a sandbox with gVisor: ${failure instanceof Error ? failure.message : 'no platform can be used'} ` +
        'Install it ("sandglass gvisor fetch", or "apt-get install runsc"), or name its program and platform with isolation.gvisor.',
      {cause: failure},
    );
  }

  /** Best first. A newer release is faster and passes more on, so what was fetched goes before what the system has. */
  async #candidates(): Promise<readonly string[]> {
    const {runsc, fetchedIn} = this.#options;
    if (runsc !== undefined) return [runsc];
    const fetched = fetchedIn === undefined ? null : await fetchedRunsc(fetchedIn);
    return [...(fetched === null ? [] : [fetched.path]), 'runsc'];
  }

  async #tryProgram(
    program: RunscProgram,
    root: Root,
    signal: AbortSignal | undefined,
  ): Promise<
    | {readonly kind: 'runs'; readonly platform: GvisorPlatform}
    | {readonly kind: 'fails'; readonly failure: unknown}
  > {
    const kind = {image: 'probe', network: 'none'} as const;
    const remembered = await RememberedPlatform.open(this.#folder, program);
    const known = await remembered.recall();
    const order = [...(known === undefined ? [] : [known]), ...GVISOR_PLATFORMS];
    let failure: unknown = null;
    for (const platform of this.#options.platform === undefined ? new Set(order) : [this.#options.platform]) {
      if (platform === 'kvm' && !isKvmOpen()) continue;
      try {
        const wanted = {kind, limits: PROBE_LIMITS, signal, withinMs: PROBED_WITHIN_MS};
        await (await this.#create({program, platform}, root, wanted)).destroy();
        await remembered.keep(platform);
        return {kind: 'runs', platform};
      } catch (error) {
        signal?.throwIfAborted();
        failure = error;
        this.#options.onLog?.(
          `gVisor (${program.path}) does not run with platform ${platform}: ${String(error)}`,
        );
      }
    }
    return {kind: 'fails', failure};
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
    {program, platform}: Runtime,
    {folder: rootFolder, mounts}: Root,
    {kind, limits}: {readonly kind: SandboxKind; readonly limits: SandboxLimits},
  ): Promise<{sandbox: AgentSandbox; host: GvisorHost; process: RunscProcess}> {
    const id = `sandglass-${randomBytes(8).toString('hex')}`;
    const folder = join(this.#instances, this.#instance, id);
    await mkdir(folder, {recursive: true, mode: 0o700});
    const agentPath = join(this.#options.nativeDir, 'sandglass-agent');
    await writeFile(
      join(folder, 'config.json'),
      JSON.stringify(bundleConfig({rootFolder, mounts, agentPath, limits})),
    );
    const cgroup =
      this.#cgroups === null
        ? null
        : new SandboxCgroup(this.#cgroups, join(CGROUP_PARENT, this.#instance), id);
    const process = new RunscProcess({
      program,
      platform,
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

function isKvmOpen(): boolean {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function closed(): SandglassError {
  return new SandglassError('shutting-down', 'Cannot create a sandbox: the driver is closed.');
}

function ignore(): void {}
