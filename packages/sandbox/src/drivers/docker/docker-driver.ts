import {randomBytes} from 'node:crypto';
import {join} from 'node:path';
import {SandglassError} from '@sandglass/protocol';
import {maxAgentPayloadBytes} from '@sandglass/protocol/agent';
import Docker from 'dockerode';
import type {Driver, IsolationFacts, Sandbox, SandboxKind, SandboxLimits} from '../../driver.ts';
import {FrameConnection} from '../../frame-connection.ts';
import {Gate} from '../../gate.ts';
import {AgentSandbox} from '../shared/agent-sandbox.ts';
import {awaitGreeting} from '../shared/greeting.ts';
import {loopbackProgram} from '../shared/loopback-program.ts';
import {refusePinnedCpu} from '../shared/refuse-pinned-cpu.ts';
import {encodeIdentity, ownIdentity} from '../shared/worker-identity.ts';
import {attach} from './attach.ts';
import type {AttachedStream} from './attached-stream.ts';
import {ContainerCgroup} from './container-cgroup.ts';
import {ContainerLedger} from './container-ledger.ts';
import {
  type BoundableResources,
  containerBounds,
  containerOptions,
  hasOwnKernel,
  startBounds,
} from './container-options.ts';
import {daemonSockets, findDaemonSocket} from './daemon-socket.ts';
import type {DockerDriverOptions} from './docker-driver-options.ts';
import {askDaemon, boundableResources, dockerFacts, isPodman} from './docker-facts.ts';
import {DockerHost} from './docker-host.ts';
import {giveEveryAddress} from './every-address.ts';
import {type ImageSource, prepareImages} from './image-sources.ts';
import {removeLeftovers, WORKER_LABEL} from './leftovers.ts';
import {OwedRemovals} from './owed-removals.ts';
import {type PodmanFiles, writePodmanFiles} from './podman-files.ts';
import {removeContainer} from './remove-container.ts';

/** Starting a container takes a tenth of a second, many at once on a busy machine seconds. */
const CREATED_WITHIN_MS = 30_000;

/** Two cores are busy with fewer: each start is a dozen processes of the daemon's. */
const CREATIONS_AT_ONCE = 4;

/**
 * An agent that has heard nothing for so long ends: a daemon that is killed leaves its containers running, with streams that nobody carries and that
 * do not end. A worker that does not come to send anything meanwhile loses its sandboxes, so it is long.
 */
const HEARD_WITHIN_MS = 60_000;
const TOLD_IN_THAT_TIME = 4;

/** containerd's shim, its goroutines' stacks and the agent; measured with the default runtime. */
const IDLE_BYTES = 12 * 1024 * 1024;

interface Running {
  readonly socketPath: string;
  readonly docker: Docker;
  readonly sources: ReadonlyMap<string, ImageSource>;
  readonly ledger: ContainerLedger;
  readonly owed: OwedRemovals;
  readonly canBound: BoundableResources;
  /** Null for Docker's daemon. */
  readonly podman: PodmanFiles | null;
}

interface Started {
  readonly sandbox: AgentSandbox;
  readonly stream: AttachedStream;
  /** Resolves when it is known whether the container's cgroup is found; rejects with `isolation-failed` when it bounds less than it should. */
  readonly found: Promise<void>;
}

type State = {readonly kind: 'new'} | ({readonly kind: 'running'} & Running) | {readonly kind: 'closed'};

/**
 * Sandboxes as containers of a Docker or Podman daemon, rootless ones as well. A container holds the agent and nothing else until a program
 * is asked for; its stdin and stdout, attached to, are the agent's stream. When that stream ends, for whatever reason, the agent ends, the
 * container with it, and the daemon removes it.
 *
 * A daemon that goes away takes its sandboxes' streams along; until it is back, creations fail with `launcher-lost`. Containers whose
 * removal it could not confirm are removed at its return, those of dead workers at the start of any; of those that no daemon knows any more,
 * the processes are ended.
 */
export class DockerDriver implements Driver {
  readonly name = 'docker';
  readonly fixedLimits: readonly (keyof SandboxLimits)[];
  readonly idleBytes = IDLE_BYTES;
  readonly hasEveryAddress: boolean;
  readonly #loopback: string | null;
  readonly #options: DockerDriverOptions;
  readonly #closing = new AbortController();
  readonly #creations = new Gate(CREATIONS_AT_ONCE);
  readonly #live = new Set<AgentSandbox>();
  /** Creations under way; closing waits for them. */
  readonly #underWay = new Set<Promise<unknown>>();
  #state: State = {kind: 'new'};
  #isolation: IsolationFacts | null = null;

  constructor(options: DockerDriverOptions) {
    this.#options = options;
    // A kernel of the container's own has a network of its own.
    this.#loopback = hasOwnKernel(options.runtime) ? null : loopbackProgram(options.nativeDir);
    this.hasEveryAddress = this.#loopback !== null;
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
      const info = await askDaemon(docker);
      this.#isolation = dockerFacts(info, {runtime, allowWeaker});
      const podman = isPodman(info) ? await writePodmanFiles(runDir) : null;
      const ledger = new ContainerLedger(runDir, socketPath);
      await removeLeftovers(docker, ledger, (line) => onLog?.(line));
      await ledger.open();
      this.#state = {
        kind: 'running',
        ...{socketPath, docker, podman, ledger},
        sources: await prepareImages(docker, this.#options, {isPodman: podman !== null, signal}),
        owed: new OwedRemovals({docker, ledger, closing: this.#closing.signal}),
        canBound: boundableResources(info),
      };
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
    const state = this.#state;
    this.#state = {kind: 'closed'};
    this.#closing.abort(closed());
    while (this.#underWay.size + this.#live.size > 0)
      await Promise.allSettled([...this.#underWay, ...[...this.#live].map((sandbox) => sandbox.destroy())]);
    if (state.kind !== 'running') return;
    await state.owed.settled();
    await state.ledger.close();
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
    const {sandbox, stream, found} = await this.#startContainer(running, source, {...wanted, id});
    await awaitGreeting(sandbox, {
      withinMs: this.#options.createdWithinMs ?? CREATED_WITHIN_MS,
      signal,
      explain: () => stream.lastWords,
    });
    await this.#settle(sandbox, {limits: wanted.limits, found});
    return sandbox;
  }

  /** The sandbox is there as soon as its container is: from then on it is `destroy` that clears everything away. */
  async #startContainer(
    running: Running,
    {image, mounts}: ImageSource,
    wanted: {readonly id: string; readonly kind: SandboxKind; readonly limits: SandboxLimits},
  ): Promise<Started> {
    const {socketPath, docker, ledger, owed, canBound, podman} = running;
    const {id, limits} = wanted;
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
          canBound,
          heardWithinMs: this.#heardWithinMs,
          podman,
        }),
      );
      containerId = container.id;
      await ledger.note(containerId);
      const stream = await attach(socketPath, containerId);
      const {sandbox, host} = this.#adopt(running, {...wanted, containerId, stream});
      await container.start().catch(async (error: unknown) => {
        await sandbox.destroy();
        throw error;
      });
      const found = firstProcess(container).then(async (pid) => {
        const known = {id: container.id, pid};
        host.cgroup = pid === 0 ? null : findCgroup(known, {limits, runtime, canBound});
        if (pid > 0 && this.#loopback !== null) await this.#addAddresses(this.#loopback, known);
      });
      // Whoever waits for it hears of it; until then it is no accident.
      found.catch(ignore);
      return {sandbox, stream, found};
    } catch (error) {
      // A daemon that is gone may have made a container without having told its id.
      const container = containerId ?? id;
      await removeContainer(docker, container).catch(() => owed.add(container));
      throw creationFailure(error);
    }
  }

  #adopt(
    {docker, ledger, owed, canBound, podman}: Running,
    parts: {
      readonly id: string;
      readonly kind: SandboxKind;
      readonly limits: SandboxLimits;
      readonly containerId: string;
      readonly stream: AttachedStream;
    },
  ): {sandbox: AgentSandbox; host: DockerHost} {
    const {id, kind, limits, containerId, stream} = parts;
    const host = new DockerHost({
      docker,
      isPodman: podman !== null,
      runtime: this.#options.runtime,
      canBound,
      countsProcesses: this.isolation.enforced.includes('pids'),
      containerId,
      limits,
      onRemoved: async (isCertain) => {
        this.#live.delete(sandbox);
        if (isCertain) await ledger.forget(containerId);
        else owed.add(containerId);
      },
    });
    const connection = new FrameConnection(stream, maxAgentPayloadBytes);
    const sandbox = new AgentSandbox({id, kind, connection, host});
    this.#live.add(sandbox);
    return {sandbox, host};
  }

  /** From now on the agent hears that it has a worker, and the bounds are those that were asked for. */
  async #settle(
    sandbox: AgentSandbox,
    {limits, found}: {readonly limits: SandboxLimits; readonly found: Promise<void>},
  ): Promise<void> {
    const {runtime} = this.#options;
    const wanted = containerBounds(limits, runtime);
    const started = startBounds(limits, runtime);
    try {
      sandbox.agent.keepAlive(this.#heardWithinMs / TOLD_IN_THAT_TIME);
      await found;
      if (wanted.Memory !== started.Memory || wanted.PidsLimit !== started.PidsLimit)
        await sandbox.configure(limits);
    } catch (error) {
      await sandbox.destroy();
      throw error;
    }
  }

  /** A run that counts on an address fails where this did: its relay cannot listen there. */
  async #addAddresses(
    loopback: string,
    container: {readonly id: string; readonly pid: number},
  ): Promise<void> {
    await giveEveryAddress(loopback, container).catch((error: unknown) =>
      this.#options.onLog?.(`a container's network has no addresses besides its own: ${String(error)}`),
    );
  }

  get #heardWithinMs(): number {
    return this.#options.heardWithinMs ?? HEARD_WITHIN_MS;
  }
}

/** 0 for a container that has ended, which is noticed by its stream. */
async function firstProcess(container: Docker.Container): Promise<number> {
  return await container.inspect().then(
    ({State}) => State.Pid,
    () => 0,
  );
}

/** What is not found is not used: the daemon is asked instead. Throws `isolation-failed` when the daemon bounds less than it says. */
function findCgroup(
  container: {readonly id: string; readonly pid: number},
  {
    limits,
    runtime,
    canBound,
  }: {
    readonly limits: SandboxLimits;
    readonly runtime: string | undefined;
    readonly canBound: BoundableResources;
  },
): ContainerCgroup | null {
  const isBounded = Object.values(canBound).every((can) => can);
  return isBounded ? ContainerCgroup.find(container, startBounds(limits, runtime)) : null;
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
