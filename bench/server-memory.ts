import type {ServerProcess} from './server-process.ts';
import {openJsonPoster} from './subjects/post-json.ts';
import {runRequest, type Workload} from './workloads.ts';

/** Clients while the memory is watched: enough to keep both cores busy. */
const CONCURRENCY = 8;
const SAMPLES = 10;

/** The server's resident memory after so many runs. */
export interface MemorySample {
  readonly runs: number;
  readonly residentBytes: number;
}

/** Sends `runs` runs and looks at the server's memory at ten points on the way, the start included. */
export async function watchServerMemory(
  server: ServerProcess,
  workload: Workload,
  runs: number,
): Promise<MemorySample[]> {
  using poster = openJsonPoster(server.url, CONCURRENCY);
  const samples: MemorySample[] = [{runs: 0, residentBytes: await server.residentBytes()}];
  for (let step = 1; step <= SAMPLES; step++) {
    let left = Math.round(runs / SAMPLES);
    const client = async () => {
      while (left-- > 0) {
        const {status, body} = await poster.post('v1/runs?wait=true', runRequest(workload));
        if (status !== 200)
          throw new Error(`A run was answered with ${status}: ${JSON.stringify(body).slice(0, 400)}`);
      }
    };
    await Promise.all(Array.from({length: CONCURRENCY}, client));
    samples.push({runs: Math.round((runs / SAMPLES) * step), residentBytes: await server.residentBytes()});
  }
  return samples;
}
