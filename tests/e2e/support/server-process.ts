import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import type {Run, RunRequest} from '@sandglass/protocol';

const MAIN = new URL('../../../packages/cli/src/main.ts', import.meta.url).pathname;
/** Probing every language for the first time compiles and runs a program of each. */
const START_TIMEOUT_MS = 90_000;

export interface ServerProcessOptions {
  /** Kept when given, so that another server can go on with it; else a fresh one that is removed. */
  readonly dataDir?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** `sandglass serve` as a user starts it: a process of its own on a free port. */
export class ServerProcess implements AsyncDisposable {
  readonly url: string;
  readonly dataDir: string;
  readonly process: ChildProcess;
  /** What it wrote to stderr so far, for a failing test to show. */
  readonly log: string[];
  readonly #isOwnDataDir: boolean;

  private constructor(parts: {
    url: string;
    dataDir: string;
    process: ChildProcess;
    log: string[];
    isOwnDataDir: boolean;
  }) {
    this.url = parts.url;
    this.dataDir = parts.dataDir;
    this.process = parts.process;
    this.log = parts.log;
    this.#isOwnDataDir = parts.isOwnDataDir;
  }

  static async start({dataDir: given, env = {}}: ServerProcessOptions = {}): Promise<ServerProcess> {
    const dataDir = given ?? (await mkdtemp(join(tmpdir(), 'sandglass-e2e-')));
    const child = spawn(process.execPath, [MAIN, 'serve'], {
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        SANDGLASS_PORT: '0',
        SANDGLASS_DATA_DIR: dataDir,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const log: string[] = [];
    createInterface({input: child.stderr}).on('line', (line) => log.push(line));
    let url: string;
    try {
      url = await readyUrl(child, log);
    } catch (error) {
      if (given === undefined) await rm(dataDir, {recursive: true, force: true});
      throw error;
    }
    return new ServerProcess({url, dataDir, process: child, log, isOwnDataDir: given === undefined});
  }

  async fetch(path: string, init?: RequestInit): Promise<Response> {
    return await fetch(`${this.url}${path}`, init);
  }

  async post(path: string, body: unknown): Promise<Response> {
    return await this.fetch(path, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: JSON.stringify(body),
    });
  }

  /** GETs JSON and reads it as what the caller knows it to be: the API description's tests hold the server to it. */
  async get<Answer>(path: string): Promise<Answer> {
    return (await (await this.fetch(path)).json()) as Answer;
  }

  /** Submits without waiting. */
  async submit(request: RunRequest): Promise<Run> {
    const response = await this.post('/v1/runs', request);
    return (await response.json()) as Run; // A success of this route is a run; anything else fails the test that looks at it.
  }

  /** Runs to the end; a refusal is an error that shows the problem. */
  async run(request: RunRequest): Promise<Run> {
    const response = await this.post('/v1/runs?wait=true', request);
    // A success of this route is a run.
    if (response.ok) return (await response.json()) as Run;
    throw new Error(`The server refused: ${response.status} ${await response.text()}`);
  }

  /** Sends a signal and waits until the process has ended. */
  async end(signal: NodeJS.Signals): Promise<{code: number | null; signal: NodeJS.Signals | null}> {
    const {exitCode, signalCode} = this.process;
    if (exitCode !== null || signalCode !== null) return {code: exitCode, signal: signalCode};
    const exited = once(this.process, 'exit');
    this.process.kill(signal);
    const [code, by] = await exited;
    return {code, signal: by};
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGTERM');
    if (this.#isOwnDataDir) await rm(this.dataDir, {recursive: true, force: true});
  }
}

async function readyUrl(child: ChildProcess, log: readonly string[]): Promise<string> {
  const {promise, resolve, reject} = Promise.withResolvers<string>();
  const give = (reason: string) =>
    reject(new Error(`The server did not start: ${reason}\n${log.join('\n')}`));
  const timer = setTimeout(() => {
    child.kill('SIGKILL');
    give(`not ready within ${START_TIMEOUT_MS} ms`);
  }, START_TIMEOUT_MS);
  child.once('exit', (code, signal) => give(`it ended with ${code ?? signal}`));
  if (child.stdout === null) throw new Error('stdout is not a pipe');
  createInterface({input: child.stdout}).on('line', (line) => {
    const [, url] = /^Sandglass is ready at (http:\S+)$/.exec(line) ?? [];
    if (url !== undefined) resolve(url);
  });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}
