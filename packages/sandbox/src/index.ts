export type {
  Command,
  Driver,
  Execution,
  ExitReport,
  FileEntry,
  IsolationFacts,
  OutputStream,
  RuntimeTemplate,
  Sandbox,
  SandboxFile,
  SandboxKind,
  SandboxLimits,
  SandboxRoom,
  SandboxUsage,
  StopReason,
  WeakerMechanism,
} from './driver.ts';
export {DockerDriver} from './drivers/docker/docker-driver.ts';
export type {DockerDriverOptions} from './drivers/docker/docker-driver-options.ts';
export {type FetchedRunsc, fetchedRunsc, fetchRunsc, gvisorFolder} from './drivers/gvisor/debian-runsc.ts';
export {GvisorDriver} from './drivers/gvisor/gvisor-driver.ts';
export {
  GVISOR_PLATFORMS,
  type GvisorDriverOptions,
  type GvisorPlatform,
} from './drivers/gvisor/gvisor-driver-options.ts';
export {LinuxDriver} from './drivers/linux/linux-driver.ts';
export type {LinuxDriverOptions} from './drivers/linux/linux-driver-options.ts';
export {type ProbedMechanism, probeLinux} from './drivers/linux/probe.ts';
export {defaultRunDir} from './drivers/linux/run-dir.ts';
export {debianKernel} from './drivers/microvm/guest/debian-kernel.ts';
export type {GuestKernel} from './drivers/microvm/guest/guest-files.ts';
export {type GuestRamdisk, guestRamdisk} from './drivers/microvm/guest/guest-ramdisk.ts';
export type {NamedKernel} from './drivers/microvm/guest/named-kernel.ts';
export {MicrovmDriver} from './drivers/microvm/microvm-driver.ts';
export type {MicrovmDriverOptions, MicrovmImage} from './drivers/microvm/microvm-driver-options.ts';
export {microvmPool} from './drivers/microvm/microvm-pool.ts';
export {microvmCacheFolder, type PrunedCache, pruneMicrovmCache} from './drivers/microvm/prune-cache.ts';
export type {ImageDefinition, ImageEntry} from './image.ts';
export {createPool} from './pool/create-pool.ts';
export {DEFAULT_PRIMED_MEMORY_BYTES, type PoolOptions} from './pool/pool-options.ts';
export type {PoolStats, PrimedStats, SandboxPool} from './pool-contract.ts';
