import type {QueueEntry} from '../run-queue.ts';
import {FairLane, type ReadyEntry} from './fair-lane.ts';

/** Of ten hand-outs at least one goes to batch while batch waits: the contract's "batch is never starved". */
const INTERACTIVE_BEFORE_BATCH = 9;

/** Two lanes and the rule which of them is next. */
export class FairOrder {
  readonly interactive = new FairLane();
  readonly batch = new FairLane();
  #passedBatch = 0;

  laneOf(priority: QueueEntry['priority']): FairLane {
    return priority === 'interactive' ? this.interactive : this.batch;
  }

  /** Takes out whatever is next; undefined when nothing is ready. */
  shift(): ReadyEntry | undefined {
    const isBatchTurn = this.interactive.size === 0 || this.#passedBatch >= INTERACTIVE_BEFORE_BATCH;
    if (this.batch.size === 0 || isBatchTurn) this.#passedBatch = 0;
    else this.#passedBatch += 1;
    return isBatchTurn ? (this.batch.shift() ?? this.interactive.shift()) : this.interactive.shift();
  }

  /** A batch entry comes after all interactive ones, but for every tenth hand-out, which this leaves out. */
  countBefore(ready: ReadyEntry): number {
    if (ready.entry.priority === 'interactive') return this.interactive.countBefore(ready);
    return this.interactive.size + this.batch.countBefore(ready);
  }

  /** When the oldest ready entry became ready; undefined when there is none. */
  get oldestReadyAt(): number | undefined {
    const first = this.interactive.oldestReadyAt;
    const second = this.batch.oldestReadyAt;
    if (first === undefined) return second;
    return second === undefined ? first : Math.min(first, second);
  }
}
