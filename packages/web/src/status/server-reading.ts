import {type MetricSample, parseMetrics, sumOf} from './parse-metrics.ts';

/** What the status page takes from one look at `/metrics`. Counters count since the server's start. */
export interface ServerReading {
  readonly atMs: number;
  readonly runs: number;
  readonly outcomes: Readonly<Record<string, number>>;
  /** Runs whose whole time was at most the bound, by bound in seconds, ascending; the last is infinite. */
  readonly totalTime: readonly {readonly seconds: number; readonly count: number}[];
  readonly queued: number;
  readonly executing: number;
  readonly ready: number;
  readonly inUse: number;
  readonly poolTarget: number;
  readonly memoryBytes: number;
}

export function readServer(text: string, atMs: number): ServerReading {
  const samples = parseMetrics(text);
  const pool = (condition: string) => sumOf(samples, 'sandglass_pool_sandboxes', {condition});
  return {
    atMs,
    runs: sumOf(samples, 'sandglass_runs_total'),
    outcomes: outcomesOf(samples),
    totalTime: histogramOf(samples),
    queued: sumOf(samples, 'sandglass_queue_depth'),
    executing: sumOf(samples, 'sandglass_runs_executing'),
    ready: pool('ready'),
    inUse: pool('inUse'),
    poolTarget: pool('target'),
    memoryBytes: sumOf(samples, 'process_resident_memory_bytes'),
  };
}

function outcomesOf(samples: readonly MetricSample[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const {name, labels, value} of samples) {
    if (name !== 'sandglass_runs_total') continue;
    const outcome = labels.outcome ?? 'none';
    counts[outcome] = (counts[outcome] ?? 0) + value;
  }
  return counts;
}

function histogramOf(samples: readonly MetricSample[]): ServerReading['totalTime'] {
  return samples
    .filter(({name, labels}) => name === 'sandglass_run_stage_seconds_bucket' && labels.stage === 'total')
    .map(({labels, value}) => ({
      seconds: labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels.le),
      count: value,
    }))
    .sort((one, other) => one.seconds - other.seconds);
}
