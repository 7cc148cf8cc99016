import type {Command} from '../operations/index.ts';

/** Given to the database thread when it is started. */
export interface ThreadData {
  readonly path: string;
}

export type ToThread =
  /** Commands to carry out, the writes among them in one commit. Answered by `answers`, one for each, in order. */
  {readonly kind: 'group'; readonly commands: readonly Command[]} | {readonly kind: 'close'};

export type FromThread =
  /** First message: the database is open and its schema up to date. */
  | {readonly kind: 'opened'}
  /** First message instead: it could not be opened; the thread ends. */
  | {readonly kind: 'refused'; readonly code: 'store-failed' | 'schema-too-new'; readonly message: string}
  | {readonly kind: 'answers'; readonly answers: readonly CommandAnswer[]}
  /** Last message. `problem` is null when everything was flushed. */
  | {readonly kind: 'closed'; readonly problem: string | null};

export type CommandAnswer =
  | {readonly kind: 'done'; readonly value: unknown}
  | {readonly kind: 'failed'; readonly message: string};
