import type {RequestPolicy} from '@sandglass/protocol';
import type {
  DockerDriverOptions,
  Driver,
  GvisorDriverOptions,
  LinuxDriverOptions,
  MicrovmDriverOptions,
  PoolOptions,
} from '@sandglass/sandbox';
import type {SharedCacheOptions} from './cache/open-shared-store.ts';
import type {EngineLog} from './engine-log.ts';
import type {ImagePolicy} from './images/image-policy.ts';
import type {IsolationPolicy} from './isolation/isolation-policy.ts';
import type {NetworkPermission} from './network/network-permission.ts';

/** How an engine is set up; everything has a default that suits a program on one machine. */
export interface EngineOptions {
  /** Folder for compile cache and language probes; default `/var/lib/sandglass` for root, else `$XDG_DATA_HOME/sandglass` or `~/.local/share/sandglass`. */
  readonly dataDir?: string;
  /** Levels that runs may have, and which they get. Default: `linux`. */
  readonly isolation?: IsolationPolicy;
  /** Images that runs may have, and which they get. Default: the host's toolchains only. */
  readonly images?: ImagePolicy;
  /** Drivers to use instead of those of `isolation.allowed`, at most one for each level; not started. The engine starts and closes them. */
  readonly drivers?: readonly Driver[];
  /** Settings of the linux driver. */
  readonly linux?: Partial<
    Pick<LinuxDriverOptions, 'nativeDir' | 'runDir' | 'launcherSocket' | 'diskIoBytesPerSecond'>
  >;
  /** Settings of the docker driver. */
  readonly docker?: Partial<Pick<DockerDriverOptions, 'nativeDir' | 'socketPath' | 'runtime'>>;
  /** Settings of the gvisor driver. */
  readonly gvisor?: Partial<Pick<GvisorDriverOptions, 'nativeDir' | 'runDir' | 'runsc' | 'platform'>>;
  /** Settings of the microvm driver. Its disks and templates are kept in the data folder. */
  readonly microvm?: Partial<
    Pick<
      MicrovmDriverOptions,
      | 'cacheDir'
      | 'kernel'
      | 'monitor'
      | 'acceleration'
      | 'maxMemoryBytes'
      | 'maxDiskBytes'
      | 'diskIoBytesPerSecond'
      | 'bootWithinMs'
      | 'showsConsole'
      | 'programs'
    >
  > & {
    /** Machines that wait for runs; default 10. */
    readonly readyMachines?: number;
  };
  /** Run programs although a mechanism of isolation is missing on this machine; each result says which. Default false. */
  readonly allowWeaker?: boolean;
  /** Ids of the languages to offer; default: every one that Sandglass knows. Fewer are proven faster at the first start. */
  readonly languages?: readonly string[];
  /** Default: no network for anybody. */
  readonly network?: NetworkPermission;
  /** Defaults and bounds of the requests that `run` takes; its `runLimits` are also what ready sandboxes are made with. */
  readonly requests?: RequestPolicy;
  /** Cores that runs may reserve with `limits.cpuPinning`, at least one left to everything else: `auto` all but the first, `none`, or a list such as `2-7,10`. Default `auto`. */
  readonly pinnableCpus?: string;
  readonly pool?: Omit<Partial<PoolOptions>, 'defaultLimits' | 'kinds'>;
  /**
   * Languages (ids) whose runtime is started ahead of its program, as far as they can be: default all that gain by it. `pool.primedMemoryBytes`
   * bounds their memory.
   */
  readonly primedLanguages?: readonly string[] | undefined;
  /** Bound of the compile cache on disk, in bytes; default 2 GiB. The result cache may take a quarter of it besides. */
  readonly cacheBytes?: number;
  /** What this worker compiles is stored there for others, and taken from there. Default: none. */
  readonly sharedCache?: SharedCacheOptions | undefined;
  /**
   * When files that make compiles faster (precompiled C++ headers, class archives for javac) are made, in the background: `ahead` the
   * common ones, twenty seconds after the start, and others on demand; `on-demand` after the first compile that would have been
   * faster; `off` never. Default `on-demand`.
   */
  readonly preparations?: 'ahead' | 'on-demand' | 'off';
  /** Default: silent. */
  readonly log?: EngineLog;
  /** Gives the start up, which may probe languages for some seconds. */
  readonly signal?: AbortSignal | undefined;
}
