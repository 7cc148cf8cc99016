import type {QueueEntry} from '../run-queue.ts';
import {type HeapItem, IndexedHeap} from './indexed-heap.ts';
import {LinkedList, type LinkedNode} from './linked-list.ts';

/** An entry that is ready to be taken. */
export interface ReadyEntry {
  readonly entry: QueueEntry;
  /** On the queue's monotonic clock, in milliseconds. */
  readonly readyAt: number;
  /** Its place in the lane: the lowest is next, of equal ones the one that came first. */
  readonly turn: number;
  readonly arrival: number;
}

/** The waiting entries of one owner, never none. */
interface OwnerQueue extends HeapItem {
  readonly owner: string;
  readonly entries: LinkedList<ReadyEntry>;
  lastTurn: number;
}

/**
 * Entries of one priority, of any number of owners, who take turns by their weights: start-time fair queueing (Goyal, Vin, Cheng: SIGCOMM 1996), as
 * `place-turns.ts` of the store has it for several processes. An entry's turn is one step (divided by its owner's weight) after its owner's last
 * waiting one, and never before the turn that is next. Owners without waiting entries keep nothing, so nobody saves up credit.
 *
 * For an owner alone everything takes constant time; for several, time in the logarithm of their number.
 */
export class FairLane {
  readonly #owners = new Map<string, OwnerQueue>();
  readonly #order = new IndexedHeap<OwnerQueue>(comesFirst);
  #size = 0;
  #arrivals = 0;

  get size(): number {
    return this.#size;
  }

  /** When the entry that became ready first did so; undefined when there is none. Looks at each owner. */
  get oldestReadyAt(): number | undefined {
    let oldest: number | undefined;
    for (const {entries} of this.#order.values()) {
      const readyAt = entries.first?.readyAt;
      if (oldest === undefined || (readyAt !== undefined && readyAt < oldest)) oldest = readyAt;
    }
    return oldest;
  }

  append(
    entry: QueueEntry,
    {readyAt, weight}: {readonly readyAt: number; readonly weight: number},
  ): LinkedNode<ReadyEntry> {
    const next = this.#order.first?.entries.first?.turn ?? 0;
    const known = this.#owners.get(entry.owner);
    const turn = known === undefined ? next : Math.max(next, known.lastTurn + 1 / weight);
    const ready = {entry, readyAt, turn, arrival: this.#arrivals++};
    this.#size++;
    if (known !== undefined) {
      known.lastTurn = turn;
      return known.entries.append(ready);
    }
    const queue = {
      owner: entry.owner,
      entries: new LinkedList<ReadyEntry>(),
      lastTurn: turn,
      heapIndex: -1,
    };
    const node = queue.entries.append(ready);
    this.#owners.set(entry.owner, queue);
    this.#order.add(queue);
    return node;
  }

  /** Takes out whatever is next; undefined when there is nothing. */
  shift(): ReadyEntry | undefined {
    const queue = this.#order.first;
    const ready = queue?.entries.shift();
    if (queue === undefined || ready === undefined) return undefined;
    this.#taken(queue);
    return ready;
  }

  remove(node: LinkedNode<ReadyEntry>): void {
    const queue = this.#owners.get(node.value.entry.owner);
    if (queue?.entries.remove(node) === true) this.#taken(queue);
  }

  /** How many entries are taken before this one, counted one by one. */
  countBefore(ready: ReadyEntry): number {
    let count = 0;
    for (const {entries} of this.#order.values())
      for (const other of entries.values()) {
        if (!isBefore(other, ready)) break;
        count++;
      }
    return count;
  }

  #taken(queue: OwnerQueue): void {
    this.#size--;
    if (queue.entries.size > 0) {
      this.#order.moved(queue);
      return;
    }
    this.#order.remove(queue);
    this.#owners.delete(queue.owner);
  }
}

function comesFirst(left: OwnerQueue, right: OwnerQueue): boolean {
  const first = left.entries.first;
  const second = right.entries.first;
  return first !== undefined && second !== undefined && isBefore(first, second);
}

function isBefore(left: ReadyEntry, right: ReadyEntry): boolean {
  return left.turn < right.turn || (left.turn === right.turn && left.arrival < right.arrival);
}
