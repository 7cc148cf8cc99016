import {randomBytes} from 'node:crypto';
import {join} from 'node:path';
import {SandglassError} from '@sandglass/protocol';
import type {LauncherFacts} from '@sandglass/protocol/agent';
import type {Driver, IsolationFacts, Sandbox, SandboxKind, SandboxLimits, SandboxRoom} from '../../driver.ts';
import {Gate} from '../../gate.ts';
import {timeFactorOf} from './calibration.ts';
import {chooseMonitor} from './choose-monitor.ts';
import {diskOf} from './guest/disk-image.ts';
import {prepareGuestFiles} from './guest/guest-files.ts';
import {findKernel} from './guest/named-kernel.ts';
import {HostGroups} from './host-groups.ts';
import type {MachineDescription, MachineMonitor} from './machine-monitor.ts';
import type {MicrovmDriverOptions} from './microvm-driver-options.ts';
import type {MicrovmSandbox} from './microvm-sandbox.ts';
import {scratchDiskBytes} from './scratch/scratch-disk.ts';
import {GUEST_OWN_BYTES, type Template} from './template.ts';
import {TemplateStore} from './template-store.ts';

const DEFAULT_MAX_MEMORY_BYTES = 1024 * 1024 * 1024;
const DEFAULT_MAX_DISK_BYTES = 1024 * 1024 * 1024;

/** Restoring is work for the processor; more at once only make each of them later. */
const RESTORES_AT_ONCE = 4;

const TRIAL_LIMITS: SandboxLimits = {
  memoryBytes: 64 * 1024 * 1024,
  processes: 16,
  cpuCount: 1,
  diskBytes: 16 * 1024 * 1024,
};

type State = 'new' | 'running' | 'closed';

/**
 * Sandboxes that are machines of their own: another kernel, and no door to the host but three byte streams. Machines are not
 * booted but restored, from a template that is made once for each image and kept.
 */
export class MicrovmDriver implements Driver {
  readonly name = 'microvm';
  readonly hasEveryAddress = true;
  readonly #options: MicrovmDriverOptions;
  readonly #instance = `m${process.pid}-${randomBytes(4).toString('hex')}`;
  readonly #templates = new Map<string, Template>();
  readonly #live = new Set<MicrovmSandbox>();
  readonly #restores = new Gate(RESTORES_AT_ONCE);
  readonly #closing = new AbortController();
  #groups: HostGroups | null = null;
  #monitor: MachineMonitor | null = null;
  #isolation: IsolationFacts | null = null;
  #state: State = 'new';
  #timeFactor = 1;
  #created = 0;
  readonly #creating = new Set<Promise<unknown>>();

  constructor(options: MicrovmDriverOptions) {
    this.#options = options;
  }

  get isolation(): IsolationFacts {
    if (this.#isolation === null)
      throw new SandglassError('internal-error', 'The isolation of a driver is known after start().');
    return this.#isolation;
  }

  /** Which monitor runs the machines, and how; null before `start`. */
  get monitor(): MachineMonitor | null {
    return this.#monitor;
  }

  get room(): Required<SandboxRoom> {
    const {maxMemoryBytes, maxDiskBytes} = this.#options;
    return {
      memoryBytes: maxMemoryBytes ?? DEFAULT_MAX_MEMORY_BYTES,
      diskBytes: maxDiskBytes ?? DEFAULT_MAX_DISK_BYTES,
    };
  }

  get timeFactor(): number {
    return this.#timeFactor;
  }

  async start({signal}: {readonly signal: AbortSignal | undefined}): Promise<void> {
    if (this.#state !== 'new')
      throw new SandglassError('internal-error', `Cannot start a driver that is ${this.#state}.`);
    this.#state = 'running';
    try {
      await this.#start(signal);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async create(
    kind: SandboxKind,
    limits: SandboxLimits,
    {signal}: {readonly signal: AbortSignal | undefined},
  ): Promise<Sandbox> {
    if (this.#state === 'closed')
      throw new SandglassError('shutting-down', 'Cannot create a sandbox: the driver is closed.');
    if (kind.network !== 'none')
      throw new SandglassError(
        'network-not-allowed',
        `Cannot create a sandbox with network ${JSON.stringify(kind.network)}: the microvm driver offers "none" only.`,
      );
    const template = this.#templates.get(kind.image);
    if (template === undefined)
      throw new SandglassError(
        'isolation-failed',
        `Cannot create a microVM with image "${kind.image}": there are ${[...this.#templates.keys()].join(', ')}.`,
      );
    const creating = this.#restores.run(() => this.#create(template, kind, limits, signal));
    this.#creating.add(creating);
    try {
      return await creating;
    } finally {
      this.#creating.delete(creating);
    }
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#closing.abort(new SandglassError('shutting-down', 'The driver is closed.'));
    await Promise.allSettled(this.#creating);
    await Promise.allSettled([...this.#live].map((sandbox) => sandbox.destroy()));
    for (const template of this.#templates.values()) await template[Symbol.asyncDispose]();
    this.#templates.clear();
    await this.#groups?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #start(signal: AbortSignal | undefined): Promise<void> {
    const {cacheDir, nativeDir, images} = this.#options;
    const kernel = await findKernel(this.#options.kernel, {folder: join(cacheDir, 'kernels'), signal});
    this.#groups = await HostGroups.open();
    const store = new TemplateStore({folder: join(cacheDir, 'templates'), nativeDir});
    const files = await prepareGuestFiles({kernel, nativeDir, folder: join(cacheDir, 'guests')});
    const {room} = this;
    const describe = (imagePath: string): MachineDescription => ({
      imagePath,
      kernelPath: files.kernelPath,
      initramfsPath: files.initramfsPath,
      memoryBytes: room.memoryBytes + GUEST_OWN_BYTES,
      scratchBytes: scratchDiskBytes(room.diskBytes),
      diskIoBytesPerSecond: this.#options.diskIoBytesPerSecond ?? 0,
      isVerbose: this.#options.showsConsole ?? false,
    });
    const choice = await chooseMonitor(this.#options, this.#groups, async (monitor, withinMs) => {
      for (const image of images) {
        const template = await store.open(monitor, describe(await diskOf(image, join(cacheDir, 'disks'))), {
          signal,
          ...(withinMs === undefined ? {} : {withinMs}),
        });
        this.#templates.set(image.name, template);
      }
    });
    this.#monitor = choice.monitor;
    const facts = await this.#tryOut(signal);
    this.#timeFactor = await this.#calibrate(choice.monitor, signal);
    this.#isolation = {
      driver: 'microvm',
      enforced: [
        ...choice.enforced,
        ...facts.enforced,
        ...(this.#timeFactor > 1 ? [`default-times-x${this.#timeFactor}`] : []),
      ],
      weaker: [...choice.weaker, ...facts.weaker],
    };
  }

  /** One sandbox of each image now, so that what cannot work is known before anybody asks. */
  async #tryOut(signal: AbortSignal | undefined): Promise<Pick<LauncherFacts, 'enforced' | 'weaker'>> {
    let facts: LauncherFacts | null = null;
    for (const [image, template] of this.#templates) {
      await using sandbox = await this.#create(template, {image, network: 'none'}, TRIAL_LIMITS, signal);
      facts = sandbox.facts;
    }
    return facts ?? {enforced: [], weaker: []};
  }

  /** Translated instructions take as long in each image. */
  async #calibrate({acceleration}: MachineMonitor, signal: AbortSignal | undefined): Promise<number> {
    const [first] = this.#templates;
    if (acceleration === 'kvm' || first === undefined) return 1;
    const [image, template] = first;
    const {nativeDir} = this.#options;
    const create = () => this.#create(template, {image, network: 'none'}, TRIAL_LIMITS, signal);
    return await timeFactorOf(template.folder, {nativeDir, create});
  }

  async #create(
    template: Template,
    kind: SandboxKind,
    limits: SandboxLimits,
    signal: AbortSignal | undefined,
  ): Promise<MicrovmSandbox> {
    const stop =
      signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal]);
    this.#created += 1;
    const sandbox = await template.createSandbox(`${this.#instance}-${this.#created}`, kind, {
      limits,
      signal: stop,
    });
    this.#live.add(sandbox);
    sandbox.gone.addEventListener('abort', () => this.#live.delete(sandbox), {once: true});
    return sandbox;
  }
}
