import {randomBytes} from 'node:crypto';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {SandglassError} from '@sandglass/protocol';
import {maxAgentPayloadBytes} from '@sandglass/protocol/agent';
import Docker from 'dockerode';
import type {Driver, IsolationFacts, Sandbox, SandboxKind, SandboxLimits} from '../../driver.ts';
import {FrameConnection} from '../../frame-connection.ts';
import {Gate} from '../../gate.ts';
import {AgentSandbox} from '../shared/agent-sandbox.ts';
import {awaitGreeting} from '../shared/greeting.ts';
import {refusePinnedCpu} from '../shared/refuse-pinned-cpu.ts';
import {planRoot, type RootMount} from '../shared/root-plan.ts';
import {encodeIdentity, ownIdentity} from '../shared/worker-identity.ts';
import {attach} from './attach.ts';
import type {AttachedStream} from './attached-stream.ts';
import {containerBounds, containerOptions, hasOwnKernel, startBounds} from './container-options.ts';
import {daemonSockets, findDaemonSocket} from './daemon-socket.ts';
import type {DockerDriverOptions} from './docker-driver-options.ts';
import {type DaemonInfo, dockerFacts, isPodman} from './docker-facts.ts';
import {DockerHost} from './docker-host.ts';
import {removeLeftovers, WORKER_LABEL} from './leftovers.ts';
import {type PodmanFiles, withOpenWork, writePodmanFiles} from './podman-files.ts';
import {ensurePulled} from './pull-image.ts';
import {removeContainer} from './remove-container.ts';
import {ensureRootImage} from './root-image.ts';

/** Starting a container takes a tenth of a second, many at once on a busy machine seconds. */
const CREATED_WITHIN_MS = 30_000;

/** Two cores are busy with fewer: each start is a dozen processes of the daemon's. */
const CREATIONS_AT_ONCE = 4;

/** How often a daemon that went away is looked for while it owes the removal of containers. */
const RETURN_POLL_MS = 500;

/** containerd's shim, its goroutines' stacks and the agent; measured with the default runtime. */
const IDLE_BYTES = 12 * 1024 * 1024;

interface ImageSource {
  readonly image: string;
  readonly mounts: readonly RootMount[];
}

interface Running {
  readonly socketPath: string;
  readonly docker: Docker;
  readonly sources: ReadonlyMap<string, ImageSource>;
  /** Null for Docker's daemon. */
  readonly podman: PodmanFiles | null;
}

type State = {readonly kind: 'new'} | ({readonly kind: 'running'} & Running) | {readonly kind: 'closed'};

/**
 * Sandboxes as containers of a Docker or Podman daemon, rootless ones as well. A container holds the agent and nothing else until a program
 * is asked for; its stdin and stdout, attached to, are the agent's stream. When that stream ends, for whatever reason, the agent ends, the
 * container with it, and the daemon removes it.
 *
 * A daemon that goes away takes its sandboxes' streams along; until it is back, creations fail with `launcher-lost`. Containers whose
 * removal it could not confirm are removed at its return, those of dead workers at the start of any.
 */
export class DockerDriver implements Driver {
  readonly name = 'docker';
  readonly fixedLimits: readonly (keyof SandboxLimits)[];
  readonly idleBytes = IDLE_BYTES;
  readonly #options: DockerDriverOptions;
  readonly #closing = new AbortController();
  readonly #creations = new Gate(CREATIONS_AT_ONCE);
  readonly #live = new Set<AgentSandbox>();
  /** Creations under way; closing waits for them. */
  readonly #underWay = new Set<Promise<unknown>>();
  /** Containers that a daemon took with it without confirming their end. */
  readonly #owed = new Set<string>();
  #collector: Promise<void> | null = null;
  #state: State = {kind: 'new'};
  #isolation: IsolationFacts | null = null;

  constructor(options: DockerDriverOptions) {
    this.#options = options;
    // Neither gVisor's runtime nor Kata's can change what a container has got.
    this.fixedLimits = hasOwnKernel(options.runtime)
      ? ['diskBytes', 'memoryBytes', 'processes', 'cpuCount']
      : ['diskBytes'];
  }

  get isolation(): IsolationFacts {
    if (this.#isolation === null)
      throw new SandglassError('internal-error', 'The isolation of a driver is known after start().');
    return this.#isolation;
  }

  async start({signal}: {readonly signal: AbortSignal | undefined}): Promise<void> {
    if (this.#state.kind !== 'new')
      throw new SandglassError('internal-error', `Cannot start a driver that is ${this.#state.kind}.`);
    const {runtime, runDir, allowWeaker = false, onLog} = this.#options;
    const socketPath = await findDaemonSocket(daemonSockets(this.#options.socketPath, process.env));
    const docker = new Docker({socketPath});
    try {
      const info = (await docker.info()) as DaemonInfo;
      this.#isolation = dockerFacts(info, {runtime, allowWeaker});
      const podman = isPodman(info) ? await writePodmanFiles(runDir) : null;
      const removed = await removeLeftovers(docker, () => false);
      if (removed > 0) onLog?.(`removed ${removed} containers of workers that are gone`);
      const sources = await this.#prepareImages({docker, podman, signal});
      this.#state = {kind: 'running', socketPath, docker, sources, podman};
    } catch (error) {
      throw error instanceof SandglassError ? error : unavailable(error);
    }
    signal?.throwIfAborted();
  }

  async create(
    kind: SandboxKind,
    limits: SandboxLimits,
    {signal}: {readonly signal: AbortSignal | undefined},
  ): Promise<Sandbox> {
    if (kind.network !== 'none')
      throw new SandglassError(
        'network-not-allowed',
        `Cannot create a sandbox with network ${JSON.stringify(kind.network)}: the docker driver offers "none" only.`,
      );
    refusePinnedCpu(limits);
    const running = this.#running();
    const {sources} = running;
    const source = sources.get(kind.image);
    if (source === undefined)
      throw new SandglassError(
        'isolation-failed',
        `Cannot create a sandbox with image "${kind.image}": the docker driver has ${[...sources.keys()].join(', ') || 'none'}.`,
      );
    const creation = this.#creations.run(() => this.#create(running, source, {kind, limits, signal}));
    this.#underWay.add(creation);
    try {
      return await creation;
    } finally {
      this.#underWay.delete(creation);
    }
  }

  async close(): Promise<void> {
    this.#state = {kind: 'closed'};
    this.#closing.abort(closed());
    while (this.#underWay.size + this.#live.size > 0)
      await Promise.allSettled([...this.#underWay, ...[...this.#live].map((sandbox) => sandbox.destroy())]);
    await this.#collector;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
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

  async #prepareImages({
    docker,
    podman,
    signal,
  }: Pick<Running, 'docker' | 'podman'> & {readonly signal: AbortSignal | undefined}): Promise<
    Map<string, ImageSource>
  > {
    const {images, references = {}, onLog} = this.#options;
    const sources = new Map<string, ImageSource>();
    for (const image of images) {
      const {entries, mounts} = planRoot(image);
      const root = podman === null ? entries : withOpenWork(entries);
      sources.set(image.name, {image: await ensureRootImage(docker, root), mounts});
    }
    for (const [name, reference] of Object.entries(references)) {
      await ensurePulled(docker, reference, {onProgress: (line) => onLog?.(line), signal});
      sources.set(name, {image: reference, mounts: []});
    }
    return sources;
  }

  async #create(
    running: Running,
    source: ImageSource,
    wanted: {
      readonly kind: SandboxKind;
      readonly limits: SandboxLimits;
      readonly signal: AbortSignal | undefined;
    },
  ): Promise<AgentSandbox> {
    const signal =
      wanted.signal === undefined
        ? this.#closing.signal
        : AbortSignal.any([wanted.signal, this.#closing.signal]);
    signal.throwIfAborted();
    const id = `sandglass-${process.pid}-${randomBytes(6).toString('hex')}`;
    const {sandbox, stream} = await this.#startContainer(running, source, {...wanted, id});
    await awaitGreeting(sandbox, {
      withinMs: this.#options.createdWithinMs ?? CREATED_WITHIN_MS,
      signal,
      explain: () => stream.lastWords,
    });
    await this.#narrow(sandbox, wanted.limits);
    return sandbox;
  }

  /** The sandbox is there as soon as its container is: from then on it is `destroy` that clears everything away. */
  async #startContainer(
    {socketPath, docker, podman}: Running,
    {image, mounts}: ImageSource,
    wanted: {readonly id: string; readonly kind: SandboxKind; readonly limits: SandboxLimits},
  ): Promise<{sandbox: AgentSandbox; stream: AttachedStream}> {
    const {id, kind, limits} = wanted;
    const {nativeDir, runtime} = this.#options;
    let containerId: string | null = null;
    try {
      const container = await docker.createContainer(
        containerOptions({
          name: id,
          image,
          mounts,
          agentPath: join(nativeDir, 'sandglass-agent'),
          limits,
          labels: {[WORKER_LABEL]: encodeIdentity(ownIdentity())},
          runtime,
          podman,
        }),
      );
      containerId = container.id;
      const stream = await attach(socketPath, containerId);
      const sandbox = this.#adopt({
        id,
        kind,
        limits,
        docker,
        isPodman: podman !== null,
        containerId,
        stream,
      });
      await container.start().catch(async (error: unknown) => {
        await sandbox.destroy();
        throw error;
      });
      return {sandbox, stream};
    } catch (error) {
      if (containerId !== null) await removeContainer(docker, containerId).catch(ignore);
      throw creationFailure(error);
    }
  }

  #adopt(parts: {
    readonly id: string;
    readonly kind: SandboxKind;
    readonly limits: SandboxLimits;
    readonly docker: Docker;
    readonly isPodman: boolean;
    readonly containerId: string;
    readonly stream: AttachedStream;
  }): AgentSandbox {
    const {id, kind, limits, docker, isPodman, containerId, stream} = parts;
    const host = new DockerHost({
      docker,
      isPodman,
      runtime: this.#options.runtime,
      countsProcesses: this.isolation.enforced.includes('pids'),
      containerId,
      limits,
      onRemoved: (isCertain) => {
        this.#live.delete(sandbox);
        if (!isCertain) this.#collectLater(docker, containerId);
      },
    });
    const connection = new FrameConnection(stream, maxAgentPayloadBytes);
    const sandbox = new AgentSandbox({id, kind, connection, host});
    this.#live.add(sandbox);
    return sandbox;
  }

  async #narrow(sandbox: AgentSandbox, limits: SandboxLimits): Promise<void> {
    const {runtime} = this.#options;
    const wanted = containerBounds(limits, runtime);
    const started = startBounds(limits, runtime);
    if (wanted.Memory === started.Memory && wanted.PidsLimit === started.PidsLimit) return;
    try {
      await sandbox.configure(limits);
    } catch (error) {
      await sandbox.destroy();
      throw error;
    }
  }

  #collectLater(docker: Docker, containerId: string): void {
    this.#owed.add(containerId);
    this.#collector ??= this.#collect(docker).finally(() => {
      this.#collector = null;
    });
  }

  /** Until the daemon is back, or the driver closed: then the next start of a worker removes what is left. */
  async #collect(docker: Docker): Promise<void> {
    while (this.#owed.size > 0) {
      try {
        await removeLeftovers(docker, (id) => this.#owed.has(id));
        this.#owed.clear();
      } catch {
        // Still away.
        if (this.#closing.signal.aborted) return;
        await delay(RETURN_POLL_MS, undefined, {signal: this.#closing.signal}).catch(ignore);
      }
    }
  }
}

/** A daemon that cannot be talked to may be back soon; one that refuses would refuse again. */
function creationFailure(error: unknown): Error {
  if (error instanceof SandglassError) return error;
  const {statusCode, message} = error as {readonly statusCode?: number; readonly message?: string};
  return statusCode === undefined
    ? new SandglassError(
        'launcher-lost',
        `Cannot create a sandbox: the Docker daemon does not answer (${message}).`,
        {
          cause: error,
          retryAfterSeconds: 1,
        },
      )
    : new SandglassError('isolation-failed', `Cannot create a sandbox: the Docker daemon says: ${message}.`, {
        cause: error,
      });
}

function unavailable(cause: unknown): SandglassError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new SandglassError(
    'isolation-unavailable',
    `Cannot prepare the docker isolation level: ${why}. "sandglass doctor" tells what is missing and how to get it.`,
    {cause},
  );
}

function closed(): SandglassError {
  return new SandglassError('shutting-down', 'Cannot create a sandbox: the driver is closed.');
}

function ignore(): void {}
