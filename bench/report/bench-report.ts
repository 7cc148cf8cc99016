import type {CombinationFigures} from '../cluster/measure-combinations.ts';
import type {DensityFigures} from '../density-figures.ts';
import type {LatencyCase, LeftOut} from '../latency.ts';
import type {LevelFigures} from '../levels/level-figures.ts';
import type {LiveFigures} from '../live.ts';
import type {Machine} from '../machine.ts';
import type {IdleKind} from '../memory-of.ts';
import type {MemorySample} from '../server-memory.ts';
import type {ThroughputCase} from '../throughput.ts';
import type {TimingFigures} from '../timing.ts';

/** Everything that one run measured; what it was not asked for is null or empty. */
export interface BenchReport {
  readonly measuredAt: string;
  readonly machine: Machine;
  /** As it would be typed again. */
  readonly command: string;
  /** Names of the Sandglass subjects, the first of which the aims are about. */
  readonly levels: readonly string[];
  readonly latency: {readonly cases: readonly LatencyCase[]; readonly leftOut: readonly LeftOut[]};
  readonly throughput: {readonly cases: readonly ThroughputCase[]; readonly leftOut: readonly LeftOut[]};
  readonly sandboxes: readonly {readonly title: string; readonly figure: string}[];
  readonly density: DensityFigures | null;
  /** Ready sandboxes of the server, by what waits in them. */
  readonly idle: readonly IdleKind[];
  readonly timing: TimingFigures | null;
  readonly live: LiveFigures | null;
  readonly memory: readonly MemorySample[];
  readonly combinations: CombinationFigures | null;
  /** Isolation levels by themselves, in the order in which they were asked for. */
  readonly isolation: readonly LevelFigures[];
  /** Peers that were asked for, or usually are looked for, and are not here. */
  readonly missingPeers: readonly {readonly name: string; readonly remedy: string}[];
}
