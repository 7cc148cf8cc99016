/** Nearest-rank percentiles of one case. */
export interface Percentiles {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** An estimate and the range in which it lies in 95 of 100 repetitions of the measurement. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 1000;
const TAIL = 0.025;

/** Throws a `RangeError` for no samples: a case that measured nothing is a fault. */
export function percentiles(samples: readonly number[]): Percentiles {
  const sorted = sortedSamples(samples);
  const at = (share: number) => rank(sorted, share);
  return {count: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99)};
}

export function percentile(samples: readonly number[], share: number): number {
  return rank(sortedSamples(samples), share);
}

/**
 * A percentile with its bootstrap interval (Efron and Tibshirani, percentile method): what it would be for samples drawn, with
 * replacement, from those that there are.
 */
export function estimate(
  samples: readonly number[],
  share: number,
  random: () => number = Math.random,
): Estimate {
  const value = percentile(samples, share);
  const resampled = Array.from({length: RESAMPLES}, () => percentile(resample(samples, random), share));
  return {value, low: percentile(resampled, TAIL), high: percentile(resampled, 1 - TAIL)};
}

/** The ratio of two percentiles with its bootstrap interval; both sides are drawn anew each time. */
export function estimateRatio(
  [over, under]: readonly [readonly number[], readonly number[]],
  share: number,
  random: () => number = Math.random,
): Estimate {
  const ratio = (a: readonly number[], b: readonly number[]) => percentile(a, share) / percentile(b, share);
  const resampled = Array.from({length: RESAMPLES}, () =>
    ratio(resample(over, random), resample(under, random)),
  );
  return {value: ratio(over, under), low: percentile(resampled, TAIL), high: percentile(resampled, 1 - TAIL)};
}

/** How much one percentile is above another, with its bootstrap interval; both sides are drawn anew each time. */
export function estimateDifference(
  [of, over]: readonly [readonly number[], readonly number[]],
  share: number,
  random: () => number = Math.random,
): Estimate {
  const difference = (a: readonly number[], b: readonly number[]) =>
    percentile(a, share) - percentile(b, share);
  const resampled = Array.from({length: RESAMPLES}, () =>
    difference(resample(of, random), resample(over, random)),
  );
  return {
    value: difference(of, over),
    low: percentile(resampled, TAIL),
    high: percentile(resampled, 1 - TAIL),
  };
}

/** Standard deviation and range of the samples as shares of their mean and median. */
export function spread(samples: readonly number[]): {readonly variation: number; readonly range: number} {
  const sorted = sortedSamples(samples);
  const mean = sorted.reduce((sum, each) => sum + each, 0) / sorted.length;
  const variance = sorted.reduce((sum, each) => sum + (each - mean) ** 2, 0) / Math.max(1, sorted.length - 1);
  const range = (sorted.at(-1) ?? Number.NaN) - (sorted[0] ?? Number.NaN);
  return {variation: Math.sqrt(variance) / mean, range: range / rank(sorted, 0.5)};
}

function sortedSamples(samples: readonly number[]): Float64Array {
  if (samples.length === 0) throw new RangeError('Cannot take figures of no samples.');
  return Float64Array.from(samples).sort();
}

function rank(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

function resample(samples: readonly number[], random: () => number): number[] {
  return samples.map(() => samples[Math.floor(random() * samples.length)] ?? Number.NaN);
}
