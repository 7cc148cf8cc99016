import type {RunRequest} from '@sandglass/protocol';
import {openRunPoster} from './http.ts';
import type {ServerProcess} from './server-process.ts';

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
  run: RunRequest,
  runs: number,
): Promise<MemorySample[]> {
  using poster = openRunPoster(server.url, CONCURRENCY);
  const samples: MemorySample[] = [{runs: 0, residentBytes: await server.residentBytes()}];
  for (let step = 1; step <= SAMPLES; step++) {
    let left = Math.round(runs / SAMPLES);
    const client = async () => {
      while (left-- > 0) await poster.post(run);
    };
    await Promise.all(Array.from({length: CONCURRENCY}, client));
    samples.push({runs: Math.round((runs / SAMPLES) * step), residentBytes: await server.residentBytes()});
  }
  return samples;
}
