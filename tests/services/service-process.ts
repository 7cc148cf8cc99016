import {type ChildProcess, spawn} from 'node:child_process';
import {randomInt} from 'node:crypto';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {setTimeout as delay} from 'node:timers/promises';
import type {ServiceUser} from './service-user.ts';

const STOP_TIMEOUT_MS = 10_000;
const POLL_MS = 50;
const KEPT_LOG_LINES = 60;
const RESTART_TRIES = 20;
const RESTART_PAUSE_MS = 500;
/** Free of well-known services, and below the 32768 where outgoing connections begin. */
const FIRST_PORT = 12_000;
const PORTS_END = 32_000;
const PORT_TRIES = 50;

export interface ServiceCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly user: ServiceUser;
  readonly cwd: string;
}

/** A server program in a session of its own, so that everything it starts ends with it. */
export class ServiceProcess {
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #log: string[] = [];
  readonly #exited: Promise<unknown>;

  constructor({program, args, env = {}, user, cwd}: ServiceCommand) {
    this.#name = program;
    this.#child = spawn(program, args, {
      cwd,
      env: {PATH: process.env.PATH ?? '/usr/bin:/bin', LANG: 'C.UTF-8', ...env},
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      ...user,
    });
    this.#exited = once(this.#child, 'exit');
    this.#exited.catch(() => undefined);
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#log.push(...text.split('\n'));
        this.#log.splice(0, this.#log.length - KEPT_LOG_LINES);
      });
  }

  /** Of the program itself; what it starts lies below it. */
  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.#name} could not be started.`);
    return this.#child.pid;
  }

  /** Polls until `isReady` says so. Throws with the program's last words when it ends first or the time is over. */
  async ready(isReady: () => Promise<boolean>, timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!(await isReady())) {
      const isGone = this.#child.exitCode !== null || this.#child.signalCode !== null;
      if (isGone || performance.now() > deadline)
        throw new Error(
          `${this.#name} ${isGone ? 'ended' : `was not ready within ${timeoutMs} ms`}:\n${this.#log.join('\n')}`,
        );
      await delay(POLL_MS);
    }
  }

  /** Asks it to end with `signal`, then forces it. */
  async stop(signal: NodeJS.Signals): Promise<void> {
    // PostgreSQL gives each of its processes a session of its own, and they must be gone before it can start again.
    const family = signal === 'SIGKILL' ? descendantsOf(this.#child.pid ?? 0) : [];
    this.#kill(signal);
    for (const pid of family) kill(pid, 'SIGKILL');
    const force = setTimeout(() => this.#kill('SIGKILL'), STOP_TIMEOUT_MS);
    await this.#exited;
    clearTimeout(force);
    // What it started must not outlive it.
    this.#kill('SIGKILL');
  }

  #kill(signal: NodeJS.Signals): void {
    const {pid} = this.#child;
    if (pid !== undefined) kill(-pid, signal);
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone already.
  }
}

/** Children, theirs, and so on (proc_pid_task(5), children). */
function descendantsOf(pid: number): number[] {
  let children: string;
  try {
    children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  } catch {
    return [];
  }
  return children
    .split(' ')
    .filter((text) => text !== '')
    .flatMap((text) => [Number(text), ...descendantsOf(Number(text))]);
}

/**
 * Starts a server again that was killed. Its port may be taken for a moment by somebody's outgoing connection, and what its predecessor shared with
 * the kernel may not be given back yet: then it is tried again, as any supervisor would.
 */
export async function startAgain(start: () => Promise<ServiceProcess>): Promise<ServiceProcess> {
  for (let tries = 1; ; tries++) {
    try {
      return await start();
    } catch (error) {
      if (tries >= RESTART_TRIES) throw error;
      await delay(RESTART_PAUSE_MS);
    }
  }
}

/**
 * A port that is free now, below those that the kernel gives to outgoing connections (ip(7), ip_local_port_range): a server that is killed and
 * started again would find its own taken by somebody's connection, for as long as that lasts. Who is faster is told by his failing start.
 */
export async function freePort(): Promise<number> {
  for (let tries = 1; ; tries++) {
    const port = randomInt(FIRST_PORT, PORTS_END);
    const server = createServer().listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch (error) {
      if (tries >= PORT_TRIES) throw error;
      continue;
    }
    server.close();
    await once(server, 'close');
    return port;
  }
}
