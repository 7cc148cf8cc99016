import type {Run} from '@sandglass/protocol';
import type {Accounting} from '../levels/accounting.ts';
import {childrenOf, processCpuMs} from '../machine-cpu.ts';
import type {ServerProcess} from '../server-process.ts';
import {runRequest, type Workload} from '../workloads.ts';
import {type HttpRun, type HttpRunEnd, repeat, runsPerSecond} from './http-subject.ts';
import {type JsonPoster, openJsonPoster} from './post-json.ts';
import {CannotRun, type Load, type Measurement, type Starter, type Subject} from './subject.ts';

const AT_REST_WITHIN_MS = 30_000;

/** A server of ours at one isolation level. The server is its owner's. */
export class SandglassSubject implements Subject {
  readonly name: string;
  readonly cpuOf: string;
  readonly memoryOf = "peak of the sandbox's control group, files included";
  readonly #server: ServerProcess;
  readonly #level: string;
  readonly #poster: JsonPoster;
  readonly #accounting: Accounting | null;

  /**
   * @param level `auto` for the server's default.
   * @param accounting of everything that the server has started; null counts what it has waited for.
   */
  constructor(server: ServerProcess, level: string, accounting: Accounting | null = null) {
    this.#server = server;
    this.#level = level;
    this.#accounting = accounting;
    this.cpuOf =
      accounting === null
        ? 'server, launcher and all that they have waited for, in ticks of 10 ms'
        : 'server, daemons and sandboxes, until the next sandbox is ready';
    this.name = level === 'auto' ? 'Sandglass' : `Sandglass ${level}`;
    this.#poster = openJsonPoster(server.url, 1);
  }

  async prepare(workload: Workload): Promise<Starter> {
    const run = this.#runner(workload, this.#poster);
    await run();
    return async (starts): Promise<Measurement> => {
      const before = await this.#cpuMs();
      const ends = await repeat(run, starts);
      return {...ends, cpuMs: (await this.#cpuMs()) - before};
    };
  }

  async throughput(workload: Workload, load: Load): Promise<number> {
    using poster = openJsonPoster(this.#server.url, load.clients);
    return await runsPerSecond(this.#runner(workload, poster), load);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#poster[Symbol.dispose]();
    return Promise.resolve();
  }

  #runner(workload: Workload, poster: JsonPoster): HttpRun {
    return sandglassRun(workload, {poster, level: this.#level, name: this.name});
  }

  /** Sandboxes are the launcher's children: their time is its own once they are gone. */
  async #cpuMs(): Promise<number> {
    if (this.#accounting !== null) return await this.#accounting.cpuMsAtRest({withinMs: AT_REST_WITHIN_MS});
    const pids = [this.#server.pid, ...(await childrenOf(this.#server.pid))];
    const times = await Promise.all(pids.map((pid) => processCpuMs(pid).catch(() => 0)));
    return times.reduce((sum, each) => sum + each, 0);
  }
}

/** The end of a run through Sandglass, and how much of it was before its program was begun, as the run says. */
export interface SandglassRunEnd extends HttpRunEnd {
  readonly queuedMs: number;
}

/** Runs the workload once, waits for its end and checks its output. */
export function sandglassRun(
  workload: Workload,
  {poster, level, name}: {readonly poster: JsonPoster; readonly level: string; readonly name: string},
): () => Promise<SandglassRunEnd> {
  return async () => {
    const request = {...runRequest(workload), isolation: level};
    const {status, body, tookMs} = await poster.post('v1/runs?wait=true', request);
    const {outcome, run, queuedMs} = body as Partial<Run>; // Our own server's answer; what is used is checked.
    if (status === 422 || status === 400)
      throw new CannotRun(`${name} cannot run ${workload.title}: ${JSON.stringify(body)}`);
    if (status !== 200 || outcome !== 'ok' || run?.stdout !== workload.expected)
      throw new Error(
        `A run of ${workload.title} was answered with ${status}: ${JSON.stringify(body).slice(0, 500)}`,
      );
    return {tookMs, memoryBytes: run.memoryPeakBytes, queuedMs: queuedMs ?? 0};
  };
}
