import {statfs} from 'node:fs/promises';

/** apt takes away what it could not finish within a few of these. */
const LOOK_MS = 20;

/** Watches how little room a file system has left: a tool that failed for want of it may have tidied up before it is asked. */
export class LowestSpace implements Disposable {
  readonly #folder: string;
  readonly #timer: NodeJS.Timeout;
  #bytes = Number.POSITIVE_INFINITY;

  constructor(folder: string) {
    this.#folder = folder;
    void this.#look();
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
  }

  /** The least that was seen, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    // A folder that is gone has nothing to tell.
    const found = await statfs(this.#folder).catch(() => null);
    if (found !== null) this.#bytes = Math.min(this.#bytes, found.bavail * found.bsize);
  }
}
