import type {Engine} from '@sandglass/engine';
import type {RequestPolicy} from '@sandglass/protocol';
import type {RunQueue} from '@sandglass/queue';
import type {RunStore} from '@sandglass/store';
import type {AccessControl} from '../access/access-control.ts';
import type {Config} from '../config/config-schema.ts';
import type {Metrics} from '../metrics/metrics.ts';
import type {Runs} from '../runs/runs.ts';
import type {RunTraces} from '../tracing/run-traces.ts';

/** What routes may use. */
export interface RouteParts {
  readonly runs: Runs;
  readonly engine: Pick<Engine, 'images' | 'languages' | 'levels' | 'poolStats' | 'primed' | 'pinnableCpus'>;
  readonly store: Pick<RunStore, 'check' | 'get'>;
  readonly queue: Pick<RunQueue, 'depth'>;
  readonly metrics: Metrics;
  /** Null when no traces are exported. */
  readonly traces: RunTraces | null;
  readonly config: Config;
  readonly policy: RequestPolicy;
  /** Null on a server without accounts. */
  readonly access: AccessControl | null;
}
