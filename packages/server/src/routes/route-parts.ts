import type {Engine} from '@sandglass/engine';
import type {RequestPolicy} from '@sandglass/protocol';
import type {RunQueue} from '@sandglass/queue';
import type {RunStore} from '@sandglass/store';
import type {AccessControl} from '../access/access-control.ts';
import type {Config} from '../config/config-schema.ts';
import type {Metrics} from '../metrics/metrics.ts';
import type {Runs} from '../runs/runs.ts';

/** What routes may use. */
export interface RouteParts {
  readonly runs: Runs;
  readonly engine: Pick<Engine, 'images' | 'languages' | 'levels' | 'poolStats' | 'primed' | 'pinnableCpus'>;
  readonly store: Pick<RunStore, 'check' | 'get'>;
  readonly queue: Pick<RunQueue, 'depth'>;
  readonly metrics: Metrics;
  readonly config: Config;
  readonly policy: RequestPolicy;
  /** Null on a server without accounts. */
  readonly access: AccessControl | null;
}
