import {randomBytes} from 'node:crypto';
import {chmod, copyFile, rename} from 'node:fs/promises';
import {join} from 'node:path';
import type {Confinement, Confinements} from '../confinement.ts';
import {
  type MachineDescription,
  type MachineMonitor,
  SNAPSHOT_FILES,
  type Snapshot,
} from '../machine-monitor.ts';
import {MonitorProcess} from '../monitor-process.ts';
import {FirecrackerMachine} from './firecracker-machine.ts';
import {bootRequests, type FirecrackerRequest, RESTORE_REQUEST} from './firecracker-requests.ts';
import {JAILED, Jail} from './jail.ts';

const MIB = 1024 * 1024;

/** Firecracker's own memory is 5 MiB at most, beside the pages of files that it was given. */
const OWN_BYTES = 64 * MIB;
const OPEN_FILES = 256;

/** How the Firecracker of this host is started. */
export interface FirecrackerMonitorOptions {
  readonly nativeDir: string;
  readonly programPath: string;
  /** As the program tells it. */
  readonly version: string;
  /** Null without root: there is nothing that it could give up. */
  readonly jailerPath: string | null;
  /** Where jails are made: on the disk of templates and images, whose files are linked into them. */
  readonly jailsDir: string;
  readonly confinements: Confinements;
  readonly onConsoleLine: ((line: string) => void) | undefined;
}

/** Machines run by Firecracker: KVM only, as few devices as can be, its jailer around it. */
export class FirecrackerMonitor implements MachineMonitor {
  readonly name = 'firecracker';
  readonly acceleration = 'kvm';
  /** Its vsock device resets every connection when a snapshot is loaded; the guest listens on. */
  readonly keepsConversations = false;
  /** It maps the file privately, and its jail holds it read-only. */
  readonly needsSealedMemory = false;
  readonly #options: FirecrackerMonitorOptions;

  constructor(options: FirecrackerMonitorOptions) {
    this.#options = options;
  }

  fingerprint(description: MachineDescription): string {
    return JSON.stringify([this.#options.version, bootRequests(description)]);
  }

  async boot(description: MachineDescription, folder: string): Promise<FirecrackerMachine> {
    return await this.#start(description, {
      fill: async (jail) => {
        await jail.bring(description.kernelPath, JAILED.kernel);
        await jail.bring(description.initramfsPath, JAILED.initramfs);
        await jail.bring(description.imagePath, JAILED.image);
        await jail.lend(join(folder, SNAPSHOT_FILES.scratchDisk), JAILED.scratch);
      },
      requests: bootRequests(description),
      onSaved: async (jail) => {
        await moveOut(jail.path(JAILED.state), join(folder, SNAPSHOT_FILES.state));
        await moveOut(jail.path(JAILED.memory), join(folder, SNAPSHOT_FILES.memory));
      },
    });
  }

  async restore(snapshot: Snapshot): Promise<FirecrackerMachine> {
    return await this.#start(snapshot.description, {
      fill: async (jail) => {
        await jail.bring(snapshot.description.imagePath, JAILED.image);
        await jail.makeWritable(JAILED.scratch, (disk) => snapshot.scratch.fill(disk));
        await jail.bring(join(snapshot.folder, SNAPSHOT_FILES.state), JAILED.state, snapshot.state);
        await jail.bring(join(snapshot.folder, SNAPSHOT_FILES.memory), JAILED.memory, snapshot.memory);
      },
      requests: [RESTORE_REQUEST],
      onSaved: async () => {},
    });
  }

  async #start(
    description: MachineDescription,
    steps: {
      readonly fill: (jail: Jail) => Promise<void>;
      readonly requests: readonly FirecrackerRequest[];
      readonly onSaved: (jail: Jail) => Promise<void>;
    },
  ): Promise<FirecrackerMachine> {
    // It writes through the host's page cache, and what is cached of the scratch disk counts as its memory.
    const memoryBytes = description.memoryBytes + description.scratchBytes + OWN_BYTES;
    const confinement = await this.#options.confinements.take(memoryBytes);
    const id = `sg-${process.pid}-${randomBytes(6).toString('hex')}`;
    let jail: Jail;
    try {
      jail = await Jail.create(this.#options.jailsDir, id, confinement.userId);
    } catch (error) {
      await confinement.release();
      throw error;
    }
    let machine: FirecrackerMachine;
    try {
      await steps.fill(jail);
      const process = this.#spawn(jail, confinement);
      machine = new FirecrackerMachine({process, jail, onSaved: steps.onSaved});
    } catch (error) {
      await jail.remove();
      await confinement.release();
      throw error;
    }
    try {
      await machine.order(steps.requests);
      return machine;
    } catch (error) {
      await machine.kill();
      throw error;
    }
  }

  #spawn(jail: Jail, confinement: Confinement): MonitorProcess {
    const {nativeDir, programPath, jailerPath, onConsoleLine} = this.#options;
    const {userId} = confinement;
    const isJailed = jailerPath !== null && userId !== null;
    return MonitorProcess.start({
      nativeDir,
      confinement,
      given: [],
      workingDir: jail.root,
      onLine: onConsoleLine,
      isGuarded: isJailed,
      argv: isJailed
        ? [
            ...[jailerPath, '--id', jail.id, '--exec-file', programPath],
            ...['--uid', String(userId), '--gid', String(userId), '--chroot-base-dir', jail.base],
            ...['--resource-limit', `no-file=${OPEN_FILES}`],
            ...['--', '--api-sock', `/${JAILED.apiSocket}`],
          ]
        : [programPath, '--api-sock', JAILED.apiSocket, '--id', jail.id],
    });
  }
}

/** Its maker is gone by the time when others map it; nobody may change it any more. */
async function moveOut(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch {
    await copyFile(from, to); // Another file system.
  }
  await chmod(to, 0o444);
}
