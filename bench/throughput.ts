import type {RunRequest} from '@sandglass/protocol';
import {openRunPoster} from './http.ts';

/** Runs per second that `concurrency` clients get, each sending its next run when the one before is answered. */
export async function measureThroughput(
  url: string,
  run: RunRequest,
  {concurrency, durationMs}: {readonly concurrency: number; readonly durationMs: number},
): Promise<number> {
  using poster = openRunPoster(url, concurrency);
  await Promise.all(Array.from({length: concurrency}, () => poster.post(run)));
  const startedAt = performance.now();
  let finished = 0;
  const client = async () => {
    while (performance.now() - startedAt < durationMs) {
      await poster.post(run);
      finished++;
    }
  };
  await Promise.all(Array.from({length: concurrency}, client));
  return finished / ((performance.now() - startedAt) / 1000);
}
