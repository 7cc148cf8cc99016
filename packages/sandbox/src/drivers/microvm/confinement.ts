import {SandglassError} from '@sandglass/protocol';
import type {HostGroups} from './host-groups.ts';

/** Far above the user ids that the launcher gives to sandboxes (docs/launcher.md) and any that a system gives to people. */
const FIRST_USER_ID = 0x2000_0000;

/** Most machines of one worker; ids of different workers never meet, as process ids have at most 22 bits (proc_sys_kernel(5)). */
export const MAX_MACHINES = 256;

/** The bounds around one machine monitor, as options of `sandglass-machine run`. */
export interface Confinement {
  readonly options: readonly string[];
  /** For a program that changes its user itself, and is therefore held by a PID namespace (native/machine/guard.c). */
  readonly guardedOptions: readonly string[];
  /** The monitor's user and group; null where it runs as the worker's. */
  readonly userId: number | null;
  /** Removes the groups and frees the user id. Call once, when the monitor is dead. */
  release(): Promise<void>;
}

/** Gives each monitor of this worker its own user id and control groups. Without root there are neither. */
export class Confinements {
  readonly #groups: HostGroups | null;
  readonly #isRoot: boolean;
  readonly #deviceGroupId: number | null;
  readonly #taken = new Set<number>();

  /**
   * @param options.groups null where the host's control groups cannot be used.
   * @param options.deviceGroupId group that may open /dev/kvm, when monitors need it.
   */
  constructor(options: {
    readonly isRoot: boolean;
    readonly groups: HostGroups | null;
    readonly deviceGroupId: number | null;
  }) {
    this.#isRoot = options.isRoot;
    this.#groups = options.groups;
    this.#deviceGroupId = options.deviceGroupId;
  }

  /** @param memoryBytes of the monitor with all of its guest. Throws `server-full` when every place is taken. */
  async take(memoryBytes: number): Promise<Confinement> {
    const slot = this.#freeSlot();
    this.#taken.add(slot);
    try {
      const group = await this.#groups?.create(String(slot), memoryBytes);
      const userId = this.#isRoot ? FIRST_USER_ID + process.pid * MAX_MACHINES + slot : null;
      const groupOptions = group?.procsFiles.flatMap((path) => ['--join', path]) ?? [];
      return {
        userId,
        guardedOptions: [...groupOptions, '--isolate', '--guard'],
        options: [
          ...groupOptions,
          ...(userId === null
            ? []
            : ['--isolate', '--uid', String(userId), '--gid', String(this.#deviceGroupId ?? userId)]),
        ],
        release: async () => {
          await group?.remove();
          this.#taken.delete(slot);
        },
      };
    } catch (error) {
      this.#taken.delete(slot);
      throw error;
    }
  }

  #freeSlot(): number {
    for (let slot = 0; slot < MAX_MACHINES; slot += 1) if (!this.#taken.has(slot)) return slot;
    throw new SandglassError(
      'server-full',
      `Cannot start another microVM: this worker has ${MAX_MACHINES} already.`,
      {
        retryAfterSeconds: 1,
      },
    );
  }
}
