import type {ServerReading} from './server-reading.ts';

/** Runs finished per second between two readings; 0 after the server began to count anew. */
export function runsPerSecond(before: ServerReading, after: ServerReading): number {
  const seconds = (after.atMs - before.atMs) / 1000;
  return seconds <= 0 ? 0 : Math.max(0, after.runs - before.runs) / seconds;
}

/**
 * A quantile (0 to 1) of the whole time of the runs that finished between two readings, in milliseconds; null when none did.
 * Interpolated inside its bucket, as Prometheus' histogram_quantile does; past the last finite bound, that bound.
 */
export function latencyMs(before: ServerReading, after: ServerReading, quantile: number): number | null {
  const buckets = after.totalTime.map(({seconds, count}, index) => ({
    seconds,
    count: Math.max(0, count - (before.totalTime[index]?.count ?? 0)),
  }));
  const rank = (buckets.at(-1)?.count ?? 0) * quantile;
  if (rank === 0) return null;
  let lower = {seconds: 0, count: 0};
  for (const bucket of buckets) {
    if (bucket.count >= rank) {
      if (!Number.isFinite(bucket.seconds)) return lower.seconds * 1000;
      const share = (rank - lower.count) / (bucket.count - lower.count);
      return (lower.seconds + (bucket.seconds - lower.seconds) * share) * 1000;
    }
    lower = bucket;
  }
  return null;
}
