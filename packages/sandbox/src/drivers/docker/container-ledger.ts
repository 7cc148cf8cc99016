import {createHash} from 'node:crypto';
import {mkdir, readdir, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {decodeIdentity, encodeIdentity, isCertainlyDead, ownIdentity} from '../shared/worker-identity.ts';

const NAME_LENGTH = 16;

/** As daemons choose them, in contrast to names. */
export function isContainerId(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/**
 * Which containers this worker has had made, as empty files of a folder: a daemon that was killed may not know them any more, and then this is the
 * only place that does. Without a private folder nothing is noted.
 */
export class ContainerLedger {
  readonly #daemonFolder: string | null;
  readonly #folder: string | null;

  /** @param socketPath of the daemon: containers of another are not this one's to look after. */
  constructor(runDir: string | undefined, socketPath: string) {
    const name = createHash('sha256').update(socketPath).digest('hex').slice(0, NAME_LENGTH);
    this.#daemonFolder = runDir === undefined ? null : join(runDir, 'docker', name);
    this.#folder =
      this.#daemonFolder === null ? null : join(this.#daemonFolder, encodeIdentity(ownIdentity()));
  }

  async open(): Promise<void> {
    if (this.#folder !== null) await mkdir(this.#folder, {recursive: true, mode: 0o700});
  }

  /** Before the container is started. */
  async note(id: string): Promise<void> {
    if (this.#folder !== null) await writeFile(join(this.#folder, id), '');
  }

  /** When nothing of the container is left. */
  async forget(id: string): Promise<void> {
    if (this.#folder !== null) await rm(join(this.#folder, id), {force: true});
  }

  /** Removes the folder unless something is noted in it. */
  async close(): Promise<void> {
    if (this.#folder !== null && (await namesIn(this.#folder)).length === 0)
      await rm(this.#folder, {recursive: true, force: true});
  }

  /** Gives `end` the containers of each worker that is certainly dead, and forgets them unless it throws. */
  async settleDeadWorkers(end: (ids: readonly string[]) => Promise<void>): Promise<void> {
    if (this.#daemonFolder === null) return;
    for (const worker of await namesIn(this.#daemonFolder)) {
      const identity = decodeIdentity(worker);
      if (identity === null || !isCertainlyDead(identity)) continue;
      const folder = join(this.#daemonFolder, worker);
      await end((await namesIn(folder)).filter(isContainerId));
      await rm(folder, {recursive: true, force: true});
    }
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch {
    // Nothing was ever noted there.
    return [];
  }
}
