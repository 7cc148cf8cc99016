import {connect} from 'node:net';
import {join} from 'node:path';
import {SandglassError} from '@sandglass/protocol';

const UNIX_PREFIX = 'unix://';

/** What of the environment says where a daemon listens. */
export interface DaemonEnvironment {
  readonly DOCKER_HOST?: string | undefined;
  readonly XDG_RUNTIME_DIR?: string | undefined;
}

/**
 * Sockets to try, in order: what the operator or `DOCKER_HOST` names and nothing else, or the usual places of Docker, rootless Docker and
 * Podman, root's and the user's. Throws `configuration-invalid` for a daemon that is not on this machine: images are folders of it.
 */
export function daemonSockets(socketPath: string | undefined, env: DaemonEnvironment): readonly string[] {
  if (socketPath !== undefined && socketPath !== '') return [socketPath.replace(UNIX_PREFIX, '')];
  if (env.DOCKER_HOST) {
    if (!env.DOCKER_HOST.startsWith(UNIX_PREFIX))
      throw new SandglassError(
        'configuration-invalid',
        `Cannot use the daemon of DOCKER_HOST=${env.DOCKER_HOST}: it must be on this machine, as sandboxes are made of its folders. ` +
          'Use unix:///path/to/docker.sock or unset DOCKER_HOST.',
      );
    return [env.DOCKER_HOST.slice(UNIX_PREFIX.length)];
  }
  const own = env.XDG_RUNTIME_DIR;
  return [
    '/var/run/docker.sock',
    ...(own ? [join(own, 'docker.sock')] : []),
    '/run/podman/podman.sock',
    ...(own ? [join(own, 'podman/podman.sock')] : []),
  ];
}

/** The first socket that something listens on. Throws `isolation-unavailable` naming all that were tried. */
export async function findDaemonSocket(sockets: readonly string[]): Promise<string> {
  for (const path of sockets) if (await isListening(path)) return path;
  throw new SandglassError(
    'isolation-unavailable',
    `Cannot reach a Docker or Podman daemon at ${sockets.join(', ')}. Start one ("apt-get install docker.io", or Podman's ` +
      '"podman system service"), or name its socket with isolation.docker.socket.',
  );
}

async function isListening(path: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({path});
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    // Connecting to a UNIX socket succeeds or fails at once.
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
