import {isSpanContextValid, type SpanContext, TraceFlags} from '@opentelemetry/api';

/** W3C Trace Context, section 3.2.2: version, trace id, parent id, flags; later versions may say more behind these. */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const MAX_CHARACTERS = 256;
const FORBIDDEN_VERSION = 'ff';

/** Null for whatever is none: a trace then begins here, as the recommendation wants it. */
export function readTraceparent(value: unknown): SpanContext | null {
  if (typeof value !== 'string' || value.length > MAX_CHARACTERS) return null;
  const [, version, traceId = '', spanId = '', flags = '', rest] = TRACEPARENT.exec(value) ?? [];
  if (version === undefined || version === FORBIDDEN_VERSION) return null;
  if (version === '00' && rest !== undefined) return null;
  const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED;
  const context = {traceId, spanId, traceFlags, isRemote: true};
  return isSpanContextValid(context) ? context : null;
}

export function writeTraceparent({traceId, spanId, traceFlags}: SpanContext): string {
  return `00-${traceId}-${spanId}-${(traceFlags & TraceFlags.SAMPLED).toString(16).padStart(2, '0')}`;
}
