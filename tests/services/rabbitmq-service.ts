import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {connect} from 'amqplib';
import {freePort, ServiceProcess, startAgain} from './service-process.ts';
import {giveTo, serviceUser} from './service-user.ts';

/** The program itself: what Debian puts into the path switches users and uses the machine's own data. */
export const RABBITMQ_SERVER = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const EPMD = '/usr/bin/epmd';
const START_TIMEOUT_MS = 60_000;

interface Ports {
  readonly amqp: number;
  readonly distribution: number;
  readonly epmd: number;
}

/**
 * A real RabbitMQ server of its own, with its data in a temporary folder. Erlang's port mapper would outlive it as a daemon, so it has
 * one of its own as well.
 */
export class RabbitMqService implements AsyncDisposable {
  readonly #folder: string;
  readonly #ports: Ports;
  readonly #epmd: ServiceProcess;
  #process: ServiceProcess;

  private constructor(folder: string, ports: Ports) {
    this.#folder = folder;
    this.#ports = ports;
    const user = serviceUser('rabbitmq');
    const args = ['-port', String(ports.epmd), '-address', '127.0.0.1'];
    this.#epmd = new ServiceProcess({program: EPMD, args, user, cwd: folder});
    this.#process = this.#spawn();
  }

  static async start(): Promise<RabbitMqService> {
    const user = serviceUser('rabbitmq');
    const folder = await mkdtemp(join(tmpdir(), 'sandglass-rabbitmq-'));
    await giveTo(user, folder);
    await writeFile(join(folder, 'plugins'), '[].\n');
    await writeFile(
      join(folder, 'rabbitmq.conf'),
      'disk_free_limit.absolute = 50MB\nloopback_users = none\n',
    );
    const ports = {amqp: await freePort(), distribution: await freePort(), epmd: await freePort()};
    const service = new RabbitMqService(folder, ports);
    await service.#ready();
    return service;
  }

  get url(): string {
    return `amqp://guest:guest@127.0.0.1:${this.#ports.amqp}`;
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
    await this.#process.stop('SIGKILL');
    await this.#epmd.stop('SIGTERM');
    await rm(this.#folder, {recursive: true, force: true});
  }

  #spawn(): ServiceProcess {
    const folder = this.#folder;
    return new ServiceProcess({
      program: RABBITMQ_SERVER,
      args: [],
      env: {
        HOME: folder,
        ERL_EPMD_PORT: String(this.#ports.epmd),
        RABBITMQ_NODENAME: `sandglass${this.#ports.amqp}@localhost`,
        RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
        RABBITMQ_NODE_PORT: String(this.#ports.amqp),
        RABBITMQ_DIST_PORT: String(this.#ports.distribution),
        RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
        RABBITMQ_LOG_BASE: join(folder, 'log'),
        RABBITMQ_PID_FILE: join(folder, 'pid'),
        RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
        RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
        RABBITMQ_CONF_ENV_FILE: '/dev/null',
        // Idle schedulers that spin would take the cores of whatever is tested.
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+sbwt none +sbwtdcpu none +sbwtdio none',
      },
      user: serviceUser('rabbitmq'),
      cwd: folder,
    });
  }

  async #ready(): Promise<void> {
    await this.#readyOf(this.#process);
  }

  async #readyOf(started: ServiceProcess): Promise<void> {
    await started.ready(async () => {
      try {
        const connection = await connect(this.url);
        await connection.close();
        return true;
      } catch {
        return false;
      }
    }, START_TIMEOUT_MS);
  }
}
