import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {setTimeout as delay} from 'node:timers/promises';
import {SandglassError} from '@sandglass/protocol';
import {DEFAULT_PRIMED_MEMORY_BYTES} from '../../pool/pool-options.ts';
import {renderLauncherConfig} from './launcher-config.ts';
import type {LinuxDriverOptions} from './linux-driver-options.ts';
import {type LauncherFiles, prepareRunDir, removeStaleFiles} from './run-dir.ts';

const MIB = 1024 * 1024;
const DEFAULT_MAX_SANDBOXES = 256;

/** As the launcher would choose by itself, if there were no primed runtimes (`docs/launcher.md`). */
const AGENTS_BYTES = 512 * MIB;
const AGENT_BYTES = 8 * MIB;
const AGENTS_PROCESSES = 64;
const AGENT_PROCESSES = 2;

/** A JVM has thirty threads, and at most a few dozen runtimes wait. */
const DEFAULT_PRIMED_THREADS = 2048;

/** On SIGTERM the launcher destroys every sandbox before it exits; what takes longer than this is stuck. */
const STOP_WITHIN_MS = 5_000;

/** The last lines explain why a launcher refused to start; more is never shown. */
const KEPT_LINES = 20;

/**
 * A launcher started for this worker. It ends by itself when the worker does (`--exit-with-parent`), whatever ends the worker.
 */
export class LauncherProcess {
  readonly socketPath: string;
  /** Resolves with the reason once the process has ended. */
  readonly ended: Promise<SandglassError>;
  readonly #child: ChildProcess;
  readonly #files: LauncherFiles;
  readonly #lastLines: string[] = [];

  /** The caller owns the process and must call `stop`. */
  static async start(options: LinuxDriverOptions, instance: string): Promise<LauncherProcess> {
    const files = await prepareRunDir(options.runDir, instance);
    const config = renderLauncherConfig({
      socketPath: files.socketPath,
      agentPath: join(options.nativeDir, 'sandglass-agent'),
      instance,
      stateDir: files.stateDir,
      ...agentBounds(options),
      allowWeaker: options.allowWeaker ?? [],
      images: options.images,
    });
    await writeFile(files.configPath, config, {mode: 0o600, flag: 'wx'});
    return new LauncherProcess(options, files);
  }

  private constructor(options: LinuxDriverOptions, files: LauncherFiles) {
    this.#files = files;
    this.socketPath = files.socketPath;
    this.#child = spawn(
      join(options.nativeDir, 'sandglass-launcher'),
      ['--config', files.configPath, '--exit-with-parent'],
      // Its own session: Ctrl-C in the worker's terminal must not end sandboxes before the worker has drained.
      {stdio: ['ignore', 'ignore', 'pipe'], env: {}, cwd: '/', detached: true},
    );
    this.ended = this.#watch();
    if (this.#child.stderr !== null)
      createInterface({input: this.#child.stderr}).on('line', (text) => {
        this.#lastLines.push(text);
        if (this.#lastLines.length > KEPT_LINES) this.#lastLines.shift();
        options.onLog?.(text);
      });
  }

  /** Removes what only the start needed, and what dead workers left; called once the launcher has answered. */
  async tidyUp(): Promise<void> {
    await rm(this.#files.configPath, {force: true});
    await removeStaleFiles(this.#files);
  }

  /** Asks the launcher to destroy its sandboxes and exit, then forces it. Removes its files. Idempotent. */
  async stop(): Promise<void> {
    const isOver = this.ended.then(() => true);
    this.#child.kill('SIGTERM');
    const timeout = new AbortController();
    const isInTime = await Promise.race([isOver, delay(STOP_WITHIN_MS, false, {signal: timeout.signal})]);
    timeout.abort();
    if (!isInTime) this.#child.kill('SIGKILL');
    await this.ended;
    await Promise.all([rm(this.#files.configPath, {force: true}), rm(this.socketPath, {force: true})]);
  }

  async #watch(): Promise<SandglassError> {
    try {
      // 'close' rather than 'exit': by then everything it said on standard error was read.
      const [exitCode, signal] = (await once(this.#child, 'close')) as [number | null, string | null];
      const how = signal === null ? `with exit code ${exitCode}` : `by ${signal}`;
      const said = this.#lastLines.length === 0 ? '' : ` It said: ${this.#lastLines.join(' ')}`;
      return new SandglassError('launcher-lost', `The sandbox launcher ended ${how}.${said}`, {
        retryAfterSeconds: 1,
      });
    } catch (error) {
      return new SandglassError(
        'launcher-lost',
        `Cannot start the sandbox launcher ${this.#child.spawnfile}: ${String(error)}. Build it with "make -C native".`,
        {cause: error, retryAfterSeconds: 1},
      );
    }
  }
}

function agentBounds({
  maxSandboxes = DEFAULT_MAX_SANDBOXES,
  primedMemoryBytes = DEFAULT_PRIMED_MEMORY_BYTES,
  primedThreads = DEFAULT_PRIMED_THREADS,
}: LinuxDriverOptions) {
  return {
    maxSandboxes,
    agentsMemoryBytes: AGENTS_BYTES + AGENT_BYTES * maxSandboxes + primedMemoryBytes,
    agentsProcesses: AGENTS_PROCESSES + AGENT_PROCESSES * maxSandboxes + primedThreads,
  };
}
