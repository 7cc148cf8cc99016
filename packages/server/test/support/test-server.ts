import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Run} from '@sandglass/protocol';
import {EmbeddedRunQueue} from '@sandglass/queue';
import {SqliteRunStore} from '@sandglass/store';
import {type Logger, pino} from 'pino';
import type {AccessControl} from '../../src/access/access-control.ts';
import {openAccess} from '../../src/access/open-access.ts';
import {loadConfig} from '../../src/config/load-config.ts';
import {RunningServer} from '../../src/running-server.ts';
import {openRunTraces} from '../../src/tracing/open-run-traces.ts';
import {type Script, ScriptedEngine} from './scripted-engine.ts';

export interface TestServerOptions {
  readonly scripts?: Readonly<Record<string, Script>>;
  /** Flags without dashes. */
  readonly flags?: Readonly<Record<string, string>>;
  /** Default: silent. */
  readonly logger?: Logger;
  /** Of an earlier server, to start again on; the caller then removes it. */
  readonly dataDir?: string;
}

/** A real server on a free port with the real store and queue, over a scripted engine. */
export class TestServer implements AsyncDisposable {
  readonly engine: ScriptedEngine;
  readonly server: RunningServer;
  readonly dataDir: string;
  /** Null without accounts. */
  readonly access: AccessControl | null;
  /** Faults of accounts that no request was there to hear of. */
  readonly faults: readonly unknown[];
  readonly #resources: AsyncDisposableStack;

  private constructor(parts: {
    engine: ScriptedEngine;
    server: RunningServer;
    dataDir: string;
    access: AccessControl | null;
    faults: readonly unknown[];
    resources: AsyncDisposableStack;
  }) {
    this.engine = parts.engine;
    this.server = parts.server;
    this.dataDir = parts.dataDir;
    this.access = parts.access;
    this.faults = parts.faults;
    this.#resources = parts.resources;
  }

  static async start({
    scripts,
    flags = {},
    dataDir: given,
    logger = pino({level: 'silent'}),
  }: TestServerOptions = {}): Promise<TestServer> {
    await using resources = new AsyncDisposableStack();
    const dataDir = given ?? (await mkdtemp(join(tmpdir(), 'sandglass-server-')));
    if (given === undefined) resources.defer(() => rm(dataDir, {recursive: true}));
    const {config} = await loadConfig({
      flags: {port: '0', 'data-dir': dataDir, ...flags},
      env: {},
      cwd: dataDir,
    });
    const engine = new ScriptedEngine(scripts);
    const store = resources.use(await SqliteRunStore.open({path: join(dataDir, 'runs.sqlite')}));
    const queue = resources.use(new EmbeddedRunQueue({capacity: config.queueLimit}));
    const faults: unknown[] = [];
    const access = await openAccess(config, {resources, onFault: (error) => faults.push(error)});
    const traces = await openRunTraces(config, logger);
    if (traces !== null) resources.use(traces);
    const server = resources.use(
      await RunningServer.start({engine, store, queue, config, access, traces, logger}),
    );
    return new TestServer({engine, server, dataDir, access, faults, resources: resources.move()});
  }

  async fetch(path: string, init?: RequestInit): Promise<Response> {
    return await fetch(`${this.server.url}${path}`, init);
  }

  /** POSTs JSON. */
  async post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return await this.fetch(path, {
      method: 'POST',
      headers: {'content-type': 'application/json', ...headers},
      body: JSON.stringify(body),
    });
  }

  /** Submits a script by name. */
  async submit(code: string, query = ''): Promise<Run> {
    // The server's own answer to a valid request is a run.
    return (await (await this.post(`/v1/runs${query}`, {language: 'script', code})).json()) as Run;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }
}
