export {EmbeddedRunQueue, type EmbeddedRunQueueOptions} from './embedded/embedded-run-queue.ts';
export type {QueueDepth, QueueEntry, QueueLease, QueueReservation, RunQueue} from './run-queue.ts';
