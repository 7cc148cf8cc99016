import {createWriteStream} from 'node:fs';
import {chmod, type FileHandle, open, rm} from 'node:fs/promises';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {setTimeout as delay} from 'node:timers/promises';
import {SandglassError} from '@sandglass/protocol';
import {Type} from 'typebox';
import {Compile} from 'typebox/compile';
import type {SandboxUsage} from '../../../driver.ts';
import {LastLines} from '../last-lines.ts';
import {type BootedMachine, type Machine, type MachineStreams, SNAPSHOT_FILES} from '../machine-monitor.ts';
import type {MonitorProcess} from '../monitor-process.ts';
import {GIVEN, SAVED_STATE_URI, savingUri} from './qemu-arguments.ts';
import {QmpClient} from './qmp-client.ts';

/** The state without memory is 62 KB, written in 10 ms. */
const SAVED_WITHIN_MS = 30_000;
const POLL_MS = 5;

/** More is no state of these devices: a guest cannot make it grow, so something is wrong. */
const SAVING_SOCKET = 'saving.sock';

const MIGRATION = Compile(
  Type.Object({status: Type.Optional(Type.String()), 'error-desc': Type.Optional(Type.String())}),
);

/** Memory is in a file that the restored machine maps; it is neither sent nor read. */
const SHARED_MEMORY = {capabilities: [{capability: 'x-ignore-shared', state: true}]};

/** A machine of QEMU's. */
export class QemuMachine implements Machine {
  readonly ended: Promise<string>;
  protected readonly process: MonitorProcess;
  protected readonly qmp: QmpClient;
  #streams: MachineStreams;
  #onFault: (why: string) => void = () => {};

  constructor(process: MonitorProcess) {
    this.process = process;
    this.ended = process.ended;
    this.#streams = {
      guest: process.stream(GIVEN.guest),
      launcher: process.stream(GIVEN.launcher),
      agent: process.stream(GIVEN.agent),
    };
    // Before somebody takes them over, an end must not become an uncaught error; `ended` tells of it.
    for (const stream of Object.values(this.#streams)) stream.on('error', () => {});
    // Its disk could not be written, most likely for want of room on the host's: it stands still, and its run cannot be finished.
    this.qmp = new QmpClient(process.stream(GIVEN.qmp), (event) => {
      if (event === 'BLOCK_IO_ERROR')
        this.#onFault('its disk could not be written or read; is there room left in the data folder?');
    });
  }

  onFault(listener: (why: string) => void): void {
    this.#onFault = listener;
  }

  get pid(): number {
    return this.process.pid;
  }

  async streams(): Promise<MachineStreams> {
    return this.#streams;
  }

  async pause(): Promise<void> {
    await this.qmp.execute('stop');
  }

  async resume(): Promise<void> {
    await this.qmp.execute('cont');
  }

  kill(): Promise<SandboxUsage> {
    return this.process.kill();
  }

  /**
   * Brings the saved state in. Nothing waits: commands are carried out in order, and what is written to the guest meanwhile it reads
   * when it runs.
   */
  async load(): Promise<void> {
    const loading = [
      this.qmp.execute('migrate-set-capabilities', SHARED_MEMORY),
      this.qmp.execute('migrate-incoming', {uri: SAVED_STATE_URI}),
    ];
    await Promise.all(loading);
  }
}

/** A machine that was booted by QEMU to be saved. Its console is read, to tell why it did not come up. */
export class BootedQemuMachine extends QemuMachine implements BootedMachine {
  override readonly ended: Promise<string>;
  readonly #folder: string;
  readonly #console: LastLines;

  constructor(process: MonitorProcess, folder: string, onConsoleLine: ((line: string) => void) | undefined) {
    super(process);
    this.#folder = folder;
    this.#console = new LastLines(onConsoleLine);
    this.#console.follow(process.stream(GIVEN.console));
    this.ended = process.ended.then((how) => `${how}; the console showed last: ${this.consoleText}`);
  }

  get consoleText(): string {
    return this.#console.lines.join(' | ') || 'nothing';
  }

  /** The guest is not stopped before: a machine restored from a stopped one would have to be told to go on. */
  async save(): Promise<void> {
    const statePath = join(this.#folder, SNAPSHOT_FILES.state);
    await using folder = await open(this.#folder);
    const receiving = receiveOnce(folder, statePath);
    try {
      await receiving.listening;
      await this.qmp.execute('migrate-set-capabilities', SHARED_MEMORY);
      await this.qmp.execute('migrate', {uri: savingUri(SAVING_SOCKET)});
      await this.#completed();
      await receiving.received;
    } finally {
      receiving.close();
      await rm(join(this.#folder, SAVING_SOCKET), {force: true});
      await this.kill();
    }
  }

  async #completed(): Promise<void> {
    const givenUpAt = performance.now() + SAVED_WITHIN_MS;
    for (;;) {
      const answer = await this.qmp.execute('query-migrate');
      const status = MIGRATION.Check(answer) ? answer.status : undefined;
      if (status === 'completed') return;
      if (status === 'failed' || status === 'cancelled' || performance.now() > givenUpAt)
        throw new SandglassError(
          'isolation-failed',
          `QEMU could not save the machine: ${JSON.stringify(answer)}.`,
        );
      await delay(POLL_MS);
    }
  }
}

/** Writes what one client sends on a socket in `folder` to a file. The socket's name goes through the descriptor, so it is short. */
function receiveOnce(
  folder: FileHandle,
  path: string,
): {readonly listening: Promise<void>; readonly received: Promise<void>; close(): void} {
  const received = Promise.withResolvers<void>();
  received.promise.catch(() => {}); // Waited for only when the other side says that it has sent everything.
  const server = createServer((socket) => {
    server.close();
    pipeline(socket, createWriteStream(path, {mode: 0o600})).then(received.resolve, received.reject);
  });
  const socketPath = `/proc/self/fd/${folder.fd}/${SAVING_SOCKET}`;
  const listening = new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
  return {
    // The monitor has another user id; the folder above lets nobody else come here.
    listening: listening.then(() => chmod(socketPath, 0o666)),
    received: received.promise,
    close: () => {
      server.close();
    },
  };
}
