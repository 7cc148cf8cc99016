import {setTimeout as delay} from 'node:timers/promises';
import {DiagLogLevel, diag} from '@opentelemetry/api';
import {OTLPTraceExporter} from '@opentelemetry/exporter-trace-otlp-http';
import {detectResources, envDetector, resourceFromAttributes} from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type {FastifyBaseLogger} from 'fastify';
import type {Config} from '../config/config-schema.ts';
import {newId} from '../runs/run-id.ts';
import {VERSION} from '../version.ts';
import type {RunTraces} from './run-traces.ts';
import {SpanRunTraces} from './span-run-traces.ts';

/** Some four megabytes. A receiver that is slower than the runs costs spans, never memory and never a run's time. */
const MAX_WAITING_SPANS = 8_192;
const SPANS_AT_ONCE = 512;
const EXPORT_EVERY_MS = 1_000;
/** With the exporter's own tries again. Afterwards those spans are given up. */
const EXPORT_TIMEOUT_MS = 5_000;
/** What a stopping process waits for its last spans. */
const CLOSE_TIMEOUT_MS = 2_000;

/** Spans over OTLP/HTTP, in JSON, in batches. Headers and certificates are the exporter's own to read, from `OTEL_EXPORTER_OTLP_*`. */
export function exportRunTraces({telemetry, role, store}: Config, logger: FastifyBaseLogger): RunTraces {
  diag.setLogger(
    {
      error: (message) => logger.warn({detail: message}, 'spans could not be exported and are lost'),
      warn: (message) => logger.warn({detail: message}, 'OpenTelemetry'),
      info: () => undefined,
      debug: () => undefined,
      verbose: () => undefined,
    },
    {logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true},
  );
  const exporter = new OTLPTraceExporter({
    url: tracesUrl(telemetry.otlpEndpoint),
    timeoutMillis: EXPORT_TIMEOUT_MS,
    concurrencyLimit: 1,
  });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': 'sandglass',
      'service.version': VERSION,
      'service.instance.id': newId(Date.now()),
      'sandglass.role': role,
    }).merge(detectResources({detectors: [envDetector]})),
    sampler: new ParentBasedSampler({root: new TraceIdRatioBasedSampler(telemetry.sampleRatio)}),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter,
        maxQueueSize: MAX_WAITING_SPANS,
        maxExportBatchSize: SPANS_AT_ONCE,
        scheduledDelayMillis: EXPORT_EVERY_MS,
        exportTimeoutMillis: EXPORT_TIMEOUT_MS,
      }),
    ],
  });
  return new SpanRunTraces({
    tracer: provider.getTracer('sandglass', VERSION),
    database: store.kind === 'postgres' ? 'postgresql' : 'sqlite',
    close: async () => {
      // What the receiver does not take now is lost, as it would be with a process that is killed.
      const flushed = provider.shutdown().catch(() => undefined);
      await Promise.race([flushed, delay(CLOSE_TIMEOUT_MS, undefined, {ref: false})]);
    },
  });
}

/** The endpoint is the base of all signals (OpenTelemetry Protocol Exporter, "Endpoint URLs for OTLP/HTTP"). */
function tracesUrl(endpoint: string): string {
  return `${endpoint.replace(/\/+$/, '')}/v1/traces`;
}
