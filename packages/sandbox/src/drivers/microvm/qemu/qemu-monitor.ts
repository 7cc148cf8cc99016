import {chmod, chown, type FileHandle, open, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {SandglassError} from '@sandglass/protocol';
import type {Confinement, Confinements} from '../confinement.ts';
import {
  type Acceleration,
  type MachineDescription,
  type MachineMonitor,
  SNAPSHOT_FILES,
  type Snapshot,
} from '../machine-monitor.ts';
import {MonitorProcess} from '../monitor-process.ts';
import type {ScratchFolder} from '../scratch/scratch-folder.ts';
import {type DeviceChoices, qemuArguments, qemuGiven, TRANSLATION_CACHE_MIB} from './qemu-arguments.ts';
import {BootedQemuMachine, QemuMachine} from './qemu-machine.ts';

const MIB = 1024 * 1024;

/** QEMU itself: 30 MiB and what its devices buffer. */
const OWN_BYTES = 96 * MIB;

/** How the QEMU of this host is started. */
export interface QemuMonitorOptions {
  readonly nativeDir: string;
  readonly programPath: string;
  /** As the program tells it. */
  readonly version: string;
  readonly acceleration: Acceleration;
  readonly tscKhz: number;
  readonly scratchFolder: ScratchFolder;
  readonly confinements: Confinements;
  readonly onConsoleLine: ((line: string) => void) | undefined;
}

/** Machines run by QEMU: with KVM, or by translating the guest's instructions where there is none. */
export class QemuMonitor implements MachineMonitor {
  readonly name = 'qemu';
  readonly keepsConversations = true;
  readonly needsSealedMemory = true;
  readonly acceleration: Acceleration;
  readonly #options: QemuMonitorOptions;

  constructor(options: QemuMonitorOptions) {
    this.#options = options;
    this.acceleration = options.acceleration;
  }

  get #devices(): DeviceChoices {
    return {acceleration: this.acceleration, isScratchDirect: this.#options.scratchFolder.isDirect};
  }

  fingerprint(description: MachineDescription): string {
    const {version, tscKhz} = this.#options;
    // The guest of a snapshot goes on with the frequency that it was told; two measurements differ by a millionth.
    const frequency = `${Math.round(tscKhz / 1000)} MHz`;
    return JSON.stringify([version, frequency, qemuArguments(description, this.#devices, null)]);
  }

  async boot(description: MachineDescription, folder: string): Promise<BootedQemuMachine> {
    await using files = new OpenFiles();
    const confinement = await this.#confinement(description);
    try {
      const memoryPath = join(folder, SNAPSHOT_FILES.memory);
      await rm(memoryPath, {force: true});
      const memory = await files.open(memoryPath, 'wx+', 0o600);
      await memory.truncate(description.memoryBytes);
      if (confinement.userId !== null) await chown(memoryPath, confinement.userId, -1);
      const scratch = await files.open(join(folder, SNAPSHOT_FILES.scratchDisk), 'r+');
      if (confinement.userId !== null) await scratch.chown(confinement.userId, confinement.userId);
      // To reach the socket in it, by a descriptor; nobody else can come this far.
      await chmod(folder, 0o711);
      const process = this.#start(confinement, qemuArguments(description, this.#devices, this.#options), {
        memory: memory.fd,
        image: (await files.open(description.imagePath)).fd,
        scratch: scratch.fd,
        stateOrFolder: (await files.open(folder)).fd,
        boot: {
          kernel: (await files.open(description.kernelPath)).fd,
          initramfs: (await files.open(description.initramfsPath)).fd,
        },
      });
      return new BootedQemuMachine(process, folder, this.#options.onConsoleLine);
    } catch (error) {
      await confinement.release();
      throw error;
    }
  }

  async restore(snapshot: Snapshot): Promise<QemuMachine> {
    const {description} = snapshot;
    await using files = new OpenFiles();
    const confinement = await this.#confinement(description);
    let process: MonitorProcess;
    try {
      const {scratchFolder} = this.#options;
      const scratch = files.keep(await scratchFolder.makeDisk(snapshot.scratch, confinement.userId));
      process = this.#start(confinement, qemuArguments(description, this.#devices, null), {
        memory: snapshot.memory.fd,
        image: (await files.open(description.imagePath)).fd,
        scratch: scratch.fd,
        // Each machine reads it from its own beginning.
        stateOrFolder: (await files.open(`/proc/self/fd/${snapshot.state.fd}`)).fd,
        boot: null,
      });
    } catch (error) {
      await confinement.release();
      throw error;
    }
    const machine = new QemuMachine(process);
    try {
      await machine.load();
      return machine;
    } catch (error) {
      await machine.kill();
      throw new SandglassError(
        'isolation-failed',
        `Cannot restore a microVM: ${String(error)} ${await machine.ended}.`,
        {cause: error},
      );
    }
  }

  #confinement(description: MachineDescription): Promise<Confinement> {
    const {confinements, scratchFolder} = this.#options;
    const own = TRANSLATION_CACHE_MIB * MIB + OWN_BYTES;
    // Where the template's memory is a hole, a guest's first write fills that as well as its own copy, and both count as the writer's.
    const guest = 2 * description.memoryBytes;
    // What is cached of its disk counts as its memory.
    const cache = scratchFolder.isDirect ? 0 : description.scratchBytes;
    return confinements.take(guest + own + cache);
  }

  #start(
    confinement: Confinement,
    args: readonly string[],
    files: Parameters<typeof qemuGiven>[0],
  ): MonitorProcess {
    return MonitorProcess.start({
      nativeDir: this.#options.nativeDir,
      confinement,
      argv: [this.#options.programPath, ...args],
      given: qemuGiven(files),
    });
  }
}

/** Files that are open until a monitor has inherited them. */
class OpenFiles implements AsyncDisposable {
  readonly #handles: FileHandle[] = [];

  async open(path: string, flags = 'r', mode?: number): Promise<FileHandle> {
    return this.keep(await open(path, flags, mode));
  }

  keep(handle: FileHandle): FileHandle {
    this.#handles.push(handle);
    return handle;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const handle of this.#handles) await handle.close();
  }
}
