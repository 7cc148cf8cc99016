import type {Run} from '@sandglass/protocol';

/** A job as it came from a queue: what to run and under which id to tell about it. */
export interface Job {
  readonly id: string;
  /** A run request of `/v1/runs`. */
  readonly request: {readonly language: string; readonly code: string};
}

export type JobStatus =
  | {readonly kind: 'received' | 'running'}
  /** It never became a run. */
  | {readonly kind: 'refused'; readonly reason: string}
  | {readonly kind: 'ended'; readonly run: Run};

/** Where a message about a job goes. */
export interface JobAddress {
  /** Empty for the default exchange, whose routing keys are names of queues. */
  readonly exchange: string;
  readonly routingKey: string;
}

/** How one earlier system talks over RabbitMQ. */
export interface JobProtocol {
  /** Where jobs come from; declared durable. */
  readonly queue: string;
  /** Durable direct exchanges with the queues bound to them, declared at start. */
  readonly exchanges: readonly {
    readonly name: string;
    readonly routingKey: string;
    readonly queue: string | null;
  }[];
  /** Throws an `Error` for what is no job. */
  parse(body: unknown): Job;
  statusAddress(jobId: string): JobAddress;
  /** The message about a status, or null when this protocol says nothing about it. */
  describe(jobId: string, status: JobStatus): object | null;
}

/** A text field, or an error that names it. */
export function textField(body: unknown, name: string): string {
  const value: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
  if (typeof value === 'number' && name === 'id') return String(value);
  if (typeof value !== 'string' || (name === 'id' && !/^[\w.-]{1,128}$/.test(value)))
    throw new Error(`"${name}" is missing or not a ${name === 'id' ? 'short name' : 'text'}`);
  return value;
}
