import type {RuntimeTemplate, Sandbox} from '../driver.ts';

/**
 * Memory that primed runtimes take, by what their templates say. It counts until the sandbox is gone: what a runtime took before its program
 * came stays charged to the agents, however long the program runs.
 */
export class PrimedMemory {
  readonly #boundBytes: number;
  readonly #bytes = new Map<Sandbox, number>();
  #usedBytes = 0;

  constructor(boundBytes: number) {
    this.#boundBytes = boundBytes;
  }

  hasRoomFor(template: RuntimeTemplate): boolean {
    return this.#usedBytes + template.idleBytes <= this.#boundBytes;
  }

  take(sandbox: Sandbox, template: RuntimeTemplate): void {
    this.#bytes.set(sandbox, template.idleBytes);
    this.#usedBytes += template.idleBytes;
  }

  /** Harmless for a sandbox that takes none. */
  giveBack(sandbox: Sandbox): void {
    this.#usedBytes -= this.#bytes.get(sandbox) ?? 0;
    this.#bytes.delete(sandbox);
  }
}
