/** Figures of one case, in milliseconds. */
export interface Percentiles {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** Nearest-rank percentiles. Throws a `RangeError` for no samples: a case that measured nothing is a fault. */
export function percentiles(samplesMs: readonly number[]): Percentiles {
  if (samplesMs.length === 0) throw new RangeError('Cannot take percentiles of no samples.');
  const sorted = [...samplesMs].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return {count: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99)};
}
