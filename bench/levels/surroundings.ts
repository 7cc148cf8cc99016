import {
  buildDebian,
  DEFAULT_MIRROR,
  DEFAULT_SUITE,
  findVariant,
  ImageStore,
  imageStoreFolder,
} from '@sandglass/images';
import {DockerDaemon} from '../../packages/sandbox/test/drivers/docker/support/docker-daemon.ts';
import type {Accounting} from './accounting.ts';

/** What a server needs around it to offer the levels that were named. */
export interface Surroundings {
  /** For the server's environment. */
  readonly settings: Readonly<Record<string, string>>;
}

/** The image that every level can have, machines too. */
export const LEVEL_IMAGE = 'python';

/** An image in the store of `dataDir`, from the Debian mirror: half a minute. */
export async function buildLevelImage(dataDir: string): Promise<void> {
  await buildDebian(new ImageStore(imageStoreFolder(dataDir)), {
    name: LEVEL_IMAGE,
    variant: findVariant(LEVEL_IMAGE),
    suite: DEFAULT_SUITE,
    mirror: DEFAULT_MIRROR,
    lockFile: null,
    update: false,
    onProgress: () => {},
    signal: undefined,
  });
}

/** Starts what the levels need; released through `owned`. The image must have been built where machines are wanted. */
export async function openSurroundings(
  levels: readonly string[],
  {accounting, owned}: {readonly accounting: Accounting | null; readonly owned: AsyncDisposableStack},
): Promise<Surroundings> {
  const settings: Record<string, string> = {};
  if (levels.includes('docker')) {
    const daemon = owned.use(await DockerDaemon.start());
    accounting?.watchGroup(daemon.cgroupName);
    settings.SANDGLASS_ISOLATION_DOCKER_SOCKET = daemon.socketPath;
  }
  if (levels.includes('microvm')) settings.SANDGLASS_IMAGES_OFFERED = `host,${LEVEL_IMAGE}`;
  return {settings};
}
