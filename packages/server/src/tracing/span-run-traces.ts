import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import {SandglassError} from '@sandglass/protocol';
import {HTTP_STATUS} from '../http/problem.ts';
import type {AcceptTrace, AttemptTrace, RunOrigin, RunTraces, TracedRun} from './run-traces.ts';
import {readTraceparent, writeTraceparent} from './traceparent.ts';

export interface SpanRunTracesParts {
  readonly tracer: Tracer;
  /** Value of `db.system.name`. */
  readonly database: 'sqlite' | 'postgresql';
  /** Sends what is left, in bounded time. */
  readonly close: () => Promise<void>;
}

/** A contest's judging of a thousand tests must not be a thousand spans; how many were left out is told. */
const MAX_STAGES = 64;
const FIRST_SERVER_FAULT = 500;

/** Traces as OpenTelemetry has them. Names of attributes are those of its semantic conventions where it has some, ours begin with `sandglass.`. */
export class SpanRunTraces implements RunTraces {
  readonly #parts: SpanRunTracesParts;

  constructor(parts: SpanRunTracesParts) {
    this.#parts = parts;
  }

  accept(origin: RunOrigin): AcceptTrace {
    const parent = origin.kind === 'live' ? ROOT_CONTEXT : contextOf(origin.traceparent);
    const span = this.#parts.tracer.startSpan(
      'accept',
      {kind: kindOf(origin), attributes: attributesOf(origin)},
      parent,
    );
    return {
      traceparent: writeTraceparent(span.spanContext()),
      accepted: (runIds) => {
        span.setAttribute('sandglass.run.count', runIds.length);
        if (runIds.length === 1) span.setAttribute('sandglass.run.id', runIds[0] ?? '');
        span.end();
      },
      refused: (error) => {
        fail(span, error);
        span.end();
      },
    };
  }

  attempt(
    run: TracedRun,
    {attempt, waitingSinceMs}: {readonly attempt: number; readonly waitingSinceMs: number | null},
  ): AttemptTrace {
    const {tracer, database} = this.#parts;
    const beganAt = Date.now();
    const parent = contextOf(run.traceparent);
    const attributes = {
      'sandglass.run.id': run.id,
      'sandglass.run.attempt': attempt,
      'sandglass.run.priority': run.priority,
      'sandglass.language': `${run.language.id}@${run.language.version}`,
    };
    const span = tracer.startSpan('attempt', {startTime: beganAt, attributes}, parent);
    const inAttempt = trace.setSpan(ROOT_CONTEXT, span);
    if (waitingSinceMs !== null) {
      // Clocks of two machines differ: no wait is shorter than none.
      const startTime = Math.min(waitingSinceMs, beganAt);
      // Without an acceptance the attempt is where the trace begins.
      const around = run.traceparent === null ? inAttempt : parent;
      tracer.startSpan('queue', {startTime, attributes}, around).end(beganAt);
    }
    return new SpanAttempt(span, {tracer, context: inAttempt, database, beganAt});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.close();
  }
}

class SpanAttempt implements AttemptTrace {
  readonly #span: Span;
  readonly #tracer: Tracer;
  readonly #context: Context;
  readonly #database: string;
  /** What turns times of `performance.now()` into times of day, the same for the whole attempt. */
  readonly #offsetMs: number;
  #stages = 0;
  #isClosed = false;

  constructor(
    span: Span,
    parts: {
      readonly tracer: Tracer;
      readonly context: Context;
      readonly database: string;
      readonly beganAt: number;
    },
  ) {
    this.#span = span;
    this.#tracer = parts.tracer;
    this.#context = parts.context;
    this.#database = parts.database;
    this.#offsetMs = parts.beganAt - performance.now();
  }

  stage({stage, beganAtMs, endedAtMs}: Parameters<AttemptTrace['stage']>[0]): void {
    this.#stages++;
    if (this.#isClosed || this.#stages > MAX_STAGES) return;
    const startTime = this.#offsetMs + beganAtMs;
    const options =
      stage === 'store'
        ? {
            kind: SpanKind.CLIENT,
            attributes: {'db.system.name': this.#database, 'db.operation.name': 'finish'},
          }
        : {};
    this.#tracer.startSpan(stage, {startTime, ...options}, this.#context).end(this.#offsetMs + endedAtMs);
  }

  ended(outcome: string): void {
    this.#span.setAttribute('sandglass.run.outcome', outcome);
  }

  failed(error: unknown): void {
    fail(this.#span, error);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#stages > MAX_STAGES)
      this.#span.setAttribute('sandglass.stages.left_out', this.#stages - MAX_STAGES);
    this.#span.end();
  }
}

function contextOf(traceparent: unknown): Context {
  const parent = readTraceparent(traceparent);
  return parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
}

function kindOf({kind}: RunOrigin): SpanKind {
  return kind === 'message' ? SpanKind.CONSUMER : SpanKind.SERVER;
}

function attributesOf(origin: RunOrigin): Attributes {
  switch (origin.kind) {
    case 'http':
      return {'http.request.method': origin.method, 'http.route': origin.route};
    case 'message':
      return {
        'messaging.system': 'rabbitmq',
        'messaging.destination.name': origin.queue,
        'messaging.operation.type': 'process',
      };
    case 'live':
      return {'network.protocol.name': 'websocket'};
    default:
      return origin satisfies never;
  }
}

/** The code only: messages may quote what a client sent. What is the client's fault is no error of a server's span. */
function fail(span: Span, error: unknown): void {
  const code = error instanceof SandglassError ? error.code : 'internal-error';
  span.setAttribute('error.type', code);
  if (HTTP_STATUS[code] >= FIRST_SERVER_FAULT) span.setStatus({code: SpanStatusCode.ERROR});
}
