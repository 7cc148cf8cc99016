import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import type {Socket} from 'node:net';
import type {GvisorPlatform} from './gvisor-driver-options.ts';
import type {RunscProgram} from './runsc-program.ts';

/** Enters every cgroup that is named before `--`, then becomes what follows: what is started is bounded from its first instruction. */
const ENTER_AND_BECOME = 'while [ "$1" != -- ]; do echo 0 > "$1" || exit 125; shift; done; shift; exec "$@"';

/**
 * What a sandbox's loopback interface has: 127.0.0.0/8 alone, or every IPv4 address of a host, which the program of `native/loopback` puts on the interface that runsc
 * finds. There is no other interface in either case.
 */
export type GvisorNetwork =
  | {readonly kind: 'none'}
  | {readonly kind: 'every-address'; readonly loopback: string};

const KEPT_ERROR_BYTES = 2048;

/** One `runsc run`: the parent of sentry and gofer, which the kernel ends with it. */
export class RunscProcess {
  /** The agent's stream: libuv makes a child's pipes socket pairs, so its stdout goes both ways. */
  readonly stream: Socket;
  readonly #child: ChildProcess;
  #words = '';

  constructor(parts: {
    readonly program: RunscProgram;
    readonly platform: GvisorPlatform;
    readonly network: GvisorNetwork;
    readonly stateFolder: string;
    readonly bundleFolder: string;
    readonly id: string;
    readonly entrances: readonly string[];
  }) {
    const {program, platform, network, stateFolder, bundleFolder, id, entrances} = parts;
    const flags = [
      ...['--root', stateFolder, '--platform', platform, '--ignore-cgroups'],
      ...['--network', network.kind === 'none' ? 'none' : 'sandbox'],
      ...program.flags,
      ...(process.getuid?.() === 0 ? [] : ['--rootless']),
    ];
    const argv = [
      ...(network.kind === 'none' ? [] : [network.loopback, 'run']),
      ...[program.path, ...flags, 'run', '--bundle', bundleFolder, id],
    ];
    this.#child = spawn('/bin/sh', ['-c', ENTER_AND_BECOME, 'sh', ...entrances, '--', ...argv], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {PATH: process.env.PATH ?? '/usr/bin:/bin'},
    });
    // A pipe of a child process is a net.Socket; its type tells only the direction that most need.
    this.stream = this.#child.stdout as Socket;
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#words = (this.#words + chunk.toString()).slice(-KEPT_ERROR_BYTES);
    });
    // Without a listener a program that is not there would end the worker; its end is seen on the stream.
    this.#child.on('error', (error) => {
      this.#words += error.message;
    });
  }

  /** What it printed on standard error last. */
  get lastWords(): string {
    return this.#words.trim();
  }

  /** Ends it, and with it the sandbox; resolves when it is gone. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
}
