import {monitorEventLoopDelay} from 'node:perf_hooks';
import type {Run} from '@sandglass/protocol';
import type {QueueDepth} from '@sandglass/queue';
import type {PoolStats} from '@sandglass/sandbox';
import {Counter, Gauge, Histogram, Registry} from 'prom-client';
import type {OwnStage} from '../runs/run-observer.ts';

/** From a sandbox that was ready and a cached C program to the longest allowed run. */
const RUN_SECONDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
];
const HTTP_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];

/** What is read at the moment of a scrape instead of being counted along the way. */
export interface MetricSources {
  readonly role: 'all' | 'api' | 'worker';
  /** Null where another process tells it. */
  readonly queueDepth: (() => QueueDepth) | null;
  /** Null where there is no engine. */
  readonly poolStats: (() => PoolStats) | null;
  readonly running: () => number;
}

/** Figures of one server in the Prometheus text format. Owns its registry, so two servers in a process do not mix. */
export class Metrics implements Disposable {
  readonly #registry = new Registry();
  readonly #eventLoop = monitorEventLoopDelay({resolution: 10});
  readonly #runs = this.#counter('sandglass_runs_total', 'Finished runs.', ['language', 'outcome']);
  readonly #stages = this.#histogram(
    'sandglass_run_stage_seconds',
    'Time of each stage of a run: accept, queued, sandbox (waiting for one), compile and run (of the programs), store, total.',
    ['stage', 'role'],
    RUN_SECONDS,
  );
  readonly #faults = this.#counter(
    'sandglass_run_faults_total',
    'Attempts that ended in a fault of the server.',
    ['retried'],
  );
  readonly #callbacks = this.#counter('sandglass_callback_deliveries_total', 'Callback deliveries tried.', [
    'delivered',
  ]);
  readonly #requests = this.#histogram(
    'sandglass_http_request_seconds',
    'Time to answer, by route.',
    ['method', 'route', 'status'],
    HTTP_SECONDS,
  );

  readonly #role: MetricSources['role'];

  constructor(sources: MetricSources) {
    this.#role = sources.role;
    this.#eventLoop.enable();
    this.#gauge('sandglass_process', 'Always 1; what this process does.', ['role'], (gauge) =>
      gauge.set({role: sources.role}, 1),
    );
    if (sources.queueDepth !== null) this.#addQueue(sources.queueDepth);
    this.#gauge('sandglass_runs_executing', 'Runs being executed.', [], (gauge) =>
      gauge.set(sources.running()),
    );
    if (sources.poolStats !== null) this.#addPool(sources.poolStats);
    this.#gauge(
      'sandglass_event_loop_delay_seconds',
      'Delay of the event loop since the last scrape.',
      ['quantile'],
      (gauge) => {
        for (const percent of [50, 99])
          gauge.set({quantile: `0.${percent}`}, this.#eventLoop.percentile(percent) / 1e9);
        gauge.set({quantile: '1'}, this.#eventLoop.max / 1e9);
        this.#eventLoop.reset();
      },
    );
    this.#gauge('process_resident_memory_bytes', 'Resident memory of the server.', [], (gauge) =>
      gauge.set(process.memoryUsage.rss()),
    );
    this.#gauge('process_cpu_seconds', 'CPU time of the server.', [], (gauge) => {
      const {user, system} = process.cpuUsage();
      gauge.set((user + system) / 1e6);
    });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  async text(): Promise<string> {
    return await this.#registry.metrics();
  }

  runFinished(run: Run): void {
    this.#runs.inc({language: run.language.id, outcome: run.outcome ?? 'none'});
    if (run.queuedMs !== null) this.stageTimed('queued', run.queuedMs);
    if (run.compile !== null && !run.cached.compile) this.stageTimed('compile', run.compile.wallTimeMs);
    if (run.run !== null) this.stageTimed('run', run.run.wallTimeMs);
    this.stageTimed('total', Date.parse(run.finishedAt ?? run.createdAt) - Date.parse(run.createdAt));
  }

  stageTimed(stage: OwnStage | 'queued' | 'compile' | 'run' | 'total', durationMs: number): void {
    this.#stages.observe({stage, role: this.#role}, durationMs / 1000);
  }

  runFaulted(willRetry: boolean): void {
    this.#faults.inc({retried: String(willRetry)});
  }

  callbackTried(isDelivered: boolean): void {
    this.#callbacks.inc({delivered: String(isDelivered)});
  }

  /** `route` is the pattern, never the path: ids would make a series each. */
  requestAnswered(request: {
    readonly method: string;
    readonly route: string;
    readonly status: number;
    readonly seconds: number;
  }): void {
    const {method, route, status, seconds} = request;
    this.#requests.observe({method, route, status: String(status)}, seconds);
  }

  [Symbol.dispose](): void {
    this.#eventLoop.disable();
    this.#registry.clear();
  }

  #addPool(poolStats: () => PoolStats): void {
    this.#gauge(
      'sandglass_pool_sandboxes',
      'Sandboxes by condition, and how many ready ones the pool aims at.',
      ['condition'],
      (gauge) => {
        for (const [condition, count] of Object.entries(poolStats())) gauge.set({condition}, count);
      },
    );
  }

  #addQueue(queueDepth: () => QueueDepth): void {
    this.#gauge('sandglass_queue_depth', 'Runs that wait.', ['priority'], (gauge) => {
      const {interactive, batch} = queueDepth();
      gauge.set({priority: 'interactive'}, interactive);
      gauge.set({priority: 'batch'}, batch);
    });
    this.#gauge('sandglass_queue_oldest_wait_seconds', 'Age of the longest-waiting run.', [], (gauge) =>
      gauge.set(queueDepth().oldestWaitMs / 1000),
    );
  }

  #counter(name: string, help: string, labelNames: string[]): Counter {
    return new Counter({name, help, labelNames, registers: [this.#registry]});
  }

  #histogram(name: string, help: string, labelNames: string[], buckets: number[]): Histogram {
    return new Histogram({name, help, labelNames, buckets, registers: [this.#registry]});
  }

  #gauge(name: string, help: string, labelNames: string[], collect: (gauge: Gauge) => void): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames,
      registers: [this.#registry],
      collect: () => collect(gauge),
    });
  }
}
