import {join} from 'node:path';
import {defineImage, ImageStore, imageStoreFolder} from '@sandglass/images';
import type {DriverName} from '@sandglass/protocol';
import {
  DockerDriver,
  type Driver,
  GvisorDriver,
  gvisorFolder,
  LinuxDriver,
  MicrovmDriver,
  microvmPool,
  type PoolOptions,
} from '@sandglass/sandbox';
import {DockerDaemon} from '../../packages/sandbox/test/drivers/docker/support/docker-daemon.ts';
import type {Accounting} from './accounting.ts';

const NATIVE_DIR = join(import.meta.dirname, '../../native/build');

/** A level's driver, not started, and how the engine keeps a pool of its sandboxes. */
export interface LevelDriver {
  readonly driver: Driver;
  readonly pool: Pick<PoolOptions, 'floor' | 'ceiling' | 'parallelCreations'>;
}

/** Everything is released through `owned`, a daemon of our own included. */
export async function openDriver(
  level: DriverName,
  parts: {
    readonly dataDir: string;
    readonly image: string;
    readonly accounting: Accounting | null;
    readonly owned: AsyncDisposableStack;
  },
): Promise<LevelDriver> {
  const {dataDir, owned} = parts;
  const image = defineImage(await new ImageStore(imageStoreFolder(dataDir)).get(parts.image));
  const common = {nativeDir: NATIVE_DIR, runDir: join(dataDir, 'run')};
  switch (level) {
    case 'linux':
      return {driver: owned.use(new LinuxDriver({...common, images: [image]})), pool: {}};
    case 'docker': {
      const daemon = owned.use(await DockerDaemon.start());
      parts.accounting?.watchGroup(daemon.cgroupName);
      const driver = new DockerDriver({...common, images: [image], socketPath: daemon.socketPath});
      return {driver: owned.use(driver), pool: {}};
    }
    case 'gvisor':
      return {
        driver: owned.use(new GvisorDriver({...common, images: [image], fetchedIn: gvisorFolder(dataDir)})),
        pool: {},
      };
    case 'microvm': {
      const {name, entries, tree} = image;
      if (tree === undefined) throw new Error(`The image ${name} has no tree.`);
      const cacheDir = join(dataDir, 'microvm');
      const driver = new MicrovmDriver({nativeDir: NATIVE_DIR, cacheDir, images: [{name, entries, tree}]});
      return {driver: owned.use(driver), pool: microvmPool()};
    }
    case 'kubernetes':
      throw new Error('There is nothing to measure at the level kubernetes: it has no driver.');
    default:
      return level satisfies never;
  }
}
