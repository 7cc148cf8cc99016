import {machineCpuMs} from '../machine-cpu.ts';
import type {Workload} from '../workloads.ts';
import {type JsonPoster, openJsonPoster} from './post-json.ts';
import type {Load, Measurement, Starter, Subject} from './subject.ts';

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** One run: milliseconds from sending to the whole answer, and the memory that the answer tells of. */
export interface HttpRunEnd {
  readonly tookMs: number;
  readonly memoryBytes: number | null;
}

/** Runs the workload once and checks its output. */
export type HttpRun = () => Promise<HttpRunEnd>;

/** What a server's protocol is: how a workload is made ready (compiled once, where it keeps that) and run. */
export interface HttpProtocol {
  readonly name: string;
  /** Throws `CannotRun` for a workload that this server has no language for. */
  prepare(workload: Workload, poster: JsonPoster): Promise<HttpRun>;
}

/** A server that is there already and stays there. */
export class HttpSubject implements Subject {
  readonly name: string;
  readonly cpuOf: string;
  readonly memoryOf = 'as the server says';
  readonly #protocol: HttpProtocol;
  readonly #url: string;
  readonly #isHere: boolean;
  readonly #poster: JsonPoster;

  constructor(protocol: HttpProtocol, url: string) {
    this.#protocol = protocol;
    this.#url = url;
    this.name = protocol.name;
    this.#isHere = LOOPBACK.test(new URL(url).hostname);
    this.cpuOf = this.#isHere ? 'the whole machine, client included' : 'unknown: it runs elsewhere';
    this.#poster = openJsonPoster(url, 1);
  }

  async prepare(workload: Workload): Promise<Starter> {
    const run = await this.#protocol.prepare(workload, this.#poster);
    return async (starts): Promise<Measurement> => {
      const before = await machineCpuMs();
      const ends = await repeat(run, starts);
      return {...ends, cpuMs: this.#isHere ? (await machineCpuMs()) - before : null};
    };
  }

  async throughput(workload: Workload, load: Load): Promise<number> {
    using poster = openJsonPoster(this.#url, load.clients);
    return await runsPerSecond(await this.#protocol.prepare(workload, poster), load);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#poster[Symbol.dispose]();
    return Promise.resolve();
  }
}

/** Runs one after the other. */
export async function repeat(
  run: HttpRun,
  times: number,
): Promise<Pick<Measurement, 'timesMs' | 'memoryBytes'>> {
  const ends: HttpRunEnd[] = [];
  for (let index = 0; index < times; index++) ends.push(await run());
  const told = ends.map(({memoryBytes}) => memoryBytes).filter((bytes) => bytes !== null);
  return {timesMs: ends.map(({tookMs}) => tookMs), memoryBytes: told.length === 0 ? null : Math.max(...told)};
}

/** Runs per second that so many clients get, each sending its next run when the one before is answered. */
export async function runsPerSecond(run: HttpRun, {clients, durationMs}: Load): Promise<number> {
  await Promise.all(Array.from({length: clients}, run));
  const startedAt = performance.now();
  let finished = 0;
  const client = async () => {
    while (performance.now() - startedAt < durationMs) {
      await run();
      finished += 1;
    }
  };
  await Promise.all(Array.from({length: clients}, client));
  return (finished * 1000) / (performance.now() - startedAt);
}

/** The fault of a peer, or of how it is spoken to, ends the measurement: a wrong answer is no fast one. */
export function unexpected(name: string, {title}: Workload, body: unknown): Error {
  return new Error(`${name} did not run ${title} well: ${JSON.stringify(body).slice(0, 400)}`);
}
