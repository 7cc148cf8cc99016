import {once} from 'node:events';
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {json} from 'node:stream/consumers';

interface Attribute {
  readonly key: string;
  readonly value: {readonly stringValue?: string; readonly intValue?: number};
}

/** The JSON of OTLP over HTTP, as far as tests look at it (opentelemetry-proto, `trace.proto`). */
interface ExportRequest {
  readonly resourceSpans: readonly {
    readonly resource: {readonly attributes: readonly Attribute[]};
    readonly scopeSpans: readonly {
      readonly spans: readonly {
        readonly traceId: string;
        readonly spanId: string;
        readonly parentSpanId?: string;
        readonly name: string;
        readonly kind: number;
        readonly startTimeUnixNano: string;
        readonly endTimeUnixNano: string;
        readonly attributes: readonly Attribute[];
        readonly status: {readonly code: number};
      }[];
    }[];
  }[];
}

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parent: string | null;
  readonly name: string;
  readonly kind: number;
  readonly startedAt: bigint;
  readonly endedAt: bigint;
  readonly attributes: Readonly<Record<string, string | number | undefined>>;
  readonly isError: boolean;
  /** Of the process that sent it. */
  readonly resource: Readonly<Record<string, string | number | undefined>>;
}

const ERROR_STATUS = 2;

/** A receiver of traces over HTTP that keeps what it was sent. */
export class OtlpReceiver implements AsyncDisposable {
  /** Whole bodies, for what must not be in them. */
  readonly bodies: string[] = [];
  readonly spans: ReceivedSpan[] = [];
  readonly #server: Server;

  private constructor(answers: boolean) {
    this.#server = createServer(async (request, response) => {
      // The exporter is what is tested: it is known to send JSON.
      const body = (await json(request)) as ExportRequest;
      this.bodies.push(JSON.stringify(body));
      if (request.url === '/v1/traces') this.spans.push(...spansOf(body));
      if (answers) response.setHeader('content-type', 'application/json').end('{}');
    });
  }

  /** With `answers: false` it takes everything and never says so. */
  static async start({answers = true}: {readonly answers?: boolean} = {}): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver(answers);
    receiver.#server.listen(0, '127.0.0.1');
    await once(receiver.#server, 'listening');
    return receiver;
  }

  get url(): string {
    const {port} = this.#server.address() as AddressInfo; // A listening TCP server has one.
    return `http://127.0.0.1:${port}`;
  }

  named(name: string): readonly ReceivedSpan[] {
    return this.spans.filter((span) => span.name === name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

function spansOf({resourceSpans}: ExportRequest): ReceivedSpan[] {
  return resourceSpans.flatMap(({resource, scopeSpans}) =>
    scopeSpans
      .flatMap(({spans}) => spans)
      .map((span) => ({
        traceId: span.traceId,
        spanId: span.spanId,
        parent: span.parentSpanId ?? null,
        name: span.name,
        kind: span.kind,
        startedAt: BigInt(span.startTimeUnixNano),
        endedAt: BigInt(span.endTimeUnixNano),
        attributes: recordOf(span.attributes),
        isError: span.status.code === ERROR_STATUS,
        resource: recordOf(resource.attributes),
      })),
  );
}

function recordOf(attributes: readonly Attribute[]): ReceivedSpan['attributes'] {
  return Object.fromEntries(attributes.map(({key, value}) => [key, value.stringValue ?? value.intValue]));
}
