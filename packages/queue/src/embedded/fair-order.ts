import type {QueueEntry} from '../run-queue.ts';
import {LinkedList} from './linked-list.ts';

/** Of ten hand-outs at least one goes to batch while batch waits: the contract's "batch is never starved". */
const INTERACTIVE_BEFORE_BATCH = 9;

/** An entry that is ready to be taken. */
export interface ReadyEntry {
  readonly entry: QueueEntry;
  /** On the queue's monotonic clock, in milliseconds. */
  readonly readyAt: number;
}

/** Two first-in-first-out classes and the rule which of them is next. */
export class FairOrder {
  readonly interactive = new LinkedList<ReadyEntry>();
  readonly batch = new LinkedList<ReadyEntry>();
  #passedBatch = 0;

  classOf(priority: QueueEntry['priority']): LinkedList<ReadyEntry> {
    return priority === 'interactive' ? this.interactive : this.batch;
  }

  /** Takes out whatever is next; undefined when nothing is ready. */
  shift(): ReadyEntry | undefined {
    const isBatchTurn = this.interactive.size === 0 || this.#passedBatch >= INTERACTIVE_BEFORE_BATCH;
    if (this.batch.size === 0 || isBatchTurn) this.#passedBatch = 0;
    else this.#passedBatch += 1;
    return isBatchTurn ? (this.batch.shift() ?? this.interactive.shift()) : this.interactive.shift();
  }

  /** When the oldest ready entry became ready; undefined when there is none. */
  get oldestReadyAt(): number | undefined {
    const first = this.interactive.first?.readyAt;
    const second = this.batch.first?.readyAt;
    if (first === undefined) return second;
    return second === undefined ? first : Math.min(first, second);
  }
}
