export {BullMqTurnQueue, type BullMqTurnQueueOptions} from './bullmq/bullmq-turn-queue.ts';
export {EmbeddedRunQueue, type EmbeddedRunQueueOptions} from './embedded/embedded-run-queue.ts';
export {EmbeddedTurnQueue} from './embedded/embedded-turn-queue.ts';
export {RabbitMqTurnQueue, type RabbitMqTurnQueueOptions} from './rabbitmq/rabbitmq-turn-queue.ts';
export type {
  QueueDepth,
  QueueEntry,
  QueueLease,
  QueuePosition,
  QueueReservation,
  RunQueue,
} from './run-queue.ts';
export type {Turn, TurnQueue} from './turn-queue.ts';
