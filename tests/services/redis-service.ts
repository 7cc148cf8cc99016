import {mkdtemp, rm} from 'node:fs/promises';
import {connect} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {freePort, ServiceProcess, startAgain} from './service-process.ts';
import {giveTo, serviceUser} from './service-user.ts';

export const REDIS_SERVER = '/usr/bin/redis-server';
const START_TIMEOUT_MS = 20_000;

/** A real Redis server of its own, with its data in a temporary folder. */
export class RedisService implements AsyncDisposable {
  readonly #folder: string;
  readonly #port: number;
  #process: ServiceProcess;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#port = port;
    this.#process = this.#spawn();
  }

  static async start(): Promise<RedisService> {
    const folder = await mkdtemp(join(tmpdir(), 'sandglass-redis-'));
    await giveTo(serviceUser('redis'), folder);
    const service = new RedisService(folder, await freePort());
    await service.#ready();
    return service;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.#port}`;
  }

  get pid(): number {
    return this.#process.pid;
  }

  async kill(): Promise<void> {
    await this.#process.stop('SIGKILL');
  }

  /** Starts it again on the same port with what it had written. */
  async restart(): Promise<void> {
    this.#process = await startAgain(async () => {
      const started = this.#spawn();
      try {
        await this.#readyOf(started);
        return started;
      } catch (error) {
        await started.stop('SIGKILL');
        throw error;
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop('SIGTERM');
    await rm(this.#folder, {recursive: true, force: true});
  }

  #spawn(): ServiceProcess {
    const settings = {
      port: String(this.#port),
      bind: '127.0.0.1',
      dir: this.#folder,
      appendonly: 'yes',
      // BullMQ asks for it: jobs must never be thrown away to make room.
      'maxmemory-policy': 'noeviction',
      save: '',
    };
    return new ServiceProcess({
      program: REDIS_SERVER,
      args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
      user: serviceUser('redis'),
      cwd: this.#folder,
    });
  }

  async #ready(): Promise<void> {
    await this.#readyOf(this.#process);
  }

  async #readyOf(started: ServiceProcess): Promise<void> {
    await started.ready(() => answersPing(this.#port), START_TIMEOUT_MS);
  }
}

/** False also while it loads its data. */
async function answersPing(port: number): Promise<boolean> {
  const {promise, resolve} = Promise.withResolvers<boolean>();
  const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
  socket.on('error', () => resolve(false));
  socket.on('data', (data: Buffer) => resolve(data.toString().startsWith('+PONG')));
  const isReady = await promise;
  socket.destroy();
  return isReady;
}
