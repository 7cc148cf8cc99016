import {DockerDriver, type DockerDriverOptions} from '@sandglass/sandbox';
import {HOST_IMAGE} from '../../../support/host-image.ts';
import {nativeBuild} from '../../../support/native-build.ts';

/** A started driver of this daemon with the host's own programs as its image. */
export async function startedDockerDriver(
  daemon: {readonly socketPath: string},
  options: Partial<DockerDriverOptions> = {},
): Promise<DockerDriver> {
  const driver = new DockerDriver({
    nativeDir: nativeBuild(),
    images: [HOST_IMAGE],
    socketPath: daemon.socketPath,
    ...options,
  });
  await driver.start({signal: undefined});
  return driver;
}
