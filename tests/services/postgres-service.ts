import {execFile} from 'node:child_process';
import {existsSync, readdirSync} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import pg from 'pg';
import {freePort, ServiceProcess, startAgain} from './service-process.ts';
import {giveTo, serviceUser} from './service-user.ts';

const START_TIMEOUT_MS = 30_000;
const DEBIAN_ROOT = '/usr/lib/postgresql';

/** Where the newest PostgreSQL of the distribution lies, or null. */
export function postgresBinaries(): string | null {
  if (!existsSync(DEBIAN_ROOT)) return null;
  const versions = readdirSync(DEBIAN_ROOT)
    .filter((version) => existsSync(join(DEBIAN_ROOT, version, 'bin/initdb')))
    .sort((left, right) => Number(right) - Number(left));
  return versions[0] === undefined ? null : join(DEBIAN_ROOT, versions[0], 'bin');
}

/** A real PostgreSQL server of its own, with its data in a temporary folder. */
export class PostgresService implements AsyncDisposable {
  readonly #folder: string;
  readonly #port: number;
  readonly #isDurable: boolean;
  #process: ServiceProcess;
  #databases = 0;

  private constructor(folder: string, port: number, isDurable: boolean) {
    this.#folder = folder;
    this.#port = port;
    this.#isDurable = isDurable;
    this.#process = this.#spawn();
  }

  /** `isDurable` makes it wait for the disk, as it does by default; tests that kill no machine need not. */
  static async start({isDurable = false}: {readonly isDurable?: boolean} = {}): Promise<PostgresService> {
    const user = serviceUser('postgres');
    const folder = await mkdtemp(join(tmpdir(), 'sandglass-postgres-'));
    await giveTo(user, folder);
    const args = [
      '--pgdata',
      join(folder, 'data'),
      '--username',
      'sandglass',
      '--auth',
      'trust',
      '--no-sync',
    ];
    await promisify(execFile)(
      join(binaries(), 'initdb'),
      [...args, '--encoding', 'UTF8', '--locale', 'C.UTF-8'],
      {cwd: folder, ...user},
    );
    const service = new PostgresService(folder, await freePort(), isDurable);
    await service.#ready();
    return service;
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** A new, empty database. */
  async createDatabase(): Promise<string> {
    this.#databases++;
    const name = `test_${this.#databases}`;
    await this.#administer(`create database ${name} template template0`);
    return this.#url(name);
  }

  /** Ends the server without warning, as a power cut would. */
  async kill(): Promise<void> {
    await this.#process.stop('SIGKILL');
  }

  /** Starts it again on the same port with the same data. */
  async restart(): Promise<void> {
    // A killed server leaves its lock file; the next start looks whether that process is alive and goes on.
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
    // Immediate shutdown: nobody needs the data any more.
    await this.#process.stop('SIGQUIT');
    await rm(this.#folder, {recursive: true, force: true});
  }

  #spawn(): ServiceProcess {
    const durability = this.#isDurable ? [] : ['-c', 'fsync=off'];
    return new ServiceProcess({
      program: join(binaries(), 'postgres'),
      args: [
        ...['-D', join(this.#folder, 'data'), '-p', String(this.#port), '-k', this.#folder],
        ...['-c', 'listen_addresses=127.0.0.1', '-c', 'max_connections=200', '-c', 'shared_buffers=64MB'],
        ...durability,
      ],
      user: serviceUser('postgres'),
      cwd: this.#folder,
    });
  }

  async #ready(): Promise<void> {
    await this.#readyOf(this.#process);
  }

  async #readyOf(started: ServiceProcess): Promise<void> {
    await started.ready(async () => {
      try {
        await this.#administer('select 1');
        return true;
      } catch {
        return false;
      }
    }, START_TIMEOUT_MS);
  }

  async #administer(statement: string): Promise<void> {
    const client = new pg.Client({connectionString: this.#url('postgres')});
    client.on('error', () => undefined);
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  }

  #url(database: string): string {
    return `postgresql://sandglass@127.0.0.1:${this.#port}/${database}`;
  }
}

function binaries(): string {
  const path = postgresBinaries();
  if (path === null) throw new Error(`There is no PostgreSQL in ${DEBIAN_ROOT}.`);
  return path;
}
