import {access, chmod, mkdir, readdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {SandglassError} from '@sandglass/protocol';
import {isAlive} from '../shared/is-alive.ts';

/** `sun_path` of unix(7), less its terminating NUL. */
const MAX_SOCKET_PATH_BYTES = 107;

/**
 * Where sockets and locks live: `/run/sandglass` for root, `$XDG_RUNTIME_DIR/sandglass` for others (both vanish at a reboot), a
 * folder below the data directory where there is no such place.
 */
export function defaultRunDir(host: {
  readonly isRoot: boolean;
  readonly xdgRuntimeDir: string | undefined;
  readonly dataDir: string;
}): string {
  if (host.isRoot) return '/run/sandglass';
  return join(host.xdgRuntimeDir ?? join(host.dataDir, 'run'), 'sandglass');
}

/** The files of one launcher's life, and the folders that it shares with others. */
export interface LauncherFiles {
  readonly runDir: string;
  readonly socketPath: string;
  readonly configPath: string;
  readonly stateDir: string;
}

/** Makes the folders, for their owner only. Throws `configuration-invalid` when a socket in them could have no address. */
export async function prepareRunDir(runDir: string, instance: string): Promise<LauncherFiles> {
  const files = {
    runDir,
    socketPath: join(runDir, `${instance}.sock`),
    configPath: join(runDir, `${instance}.conf`),
    stateDir: join(runDir, 'state'),
  };
  const pathBytes = Buffer.byteLength(files.socketPath);
  if (pathBytes > MAX_SOCKET_PATH_BYTES)
    throw new SandglassError(
      'configuration-invalid',
      `Cannot use ${runDir} for sockets: ${files.socketPath} has ${pathBytes} bytes and a socket's address at most ` +
        `${MAX_SOCKET_PATH_BYTES}. Choose a shorter run or data directory.`,
    );
  await mkdir(files.stateDir, {recursive: true, mode: 0o700});
  // mkdir leaves a folder that stands already as it is; whoever can enter it could talk to the launcher.
  await chmod(runDir, 0o700);
  return files;
}

const INSTANCE_FILE = /^(w(\d+)-[0-9a-f]{8})\.(?:sock|conf)$/;

/**
 * Removes sockets and configurations of workers that were killed together with their launcher. Call while an own launcher runs:
 * it has removed the locks of dead instances by then, so a file without a lock whose worker is gone has no owner.
 */
export async function removeStaleFiles({runDir, stateDir}: LauncherFiles): Promise<void> {
  for (const name of await readdir(runDir)) {
    const [, instance = '', pid = ''] = INSTANCE_FILE.exec(name) ?? [];
    if (instance === '' || isAlive(Number(pid))) continue;
    if (await exists(join(stateDir, `${instance}.lock`))) continue;
    await rm(join(runDir, name), {force: true});
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
