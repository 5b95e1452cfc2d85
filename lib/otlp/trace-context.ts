/** Metadata keys that may contain a span's context, as OpenTelemetry's `SpanContext` or as the header `traceparent` of W3C Trace Context. */
export const TRACE_KEYS: ReadonlySet<string> = /* @__PURE__ */ new Set(['traceId', 'spanId', 'traceFlags', 'traceparent']);

const TRACE_ID = /^(?!0{32})[\da-f]{32}$/i;
const SPAN_ID = /^(?!0{16})[\da-f]{16}$/i;
/** Later versions may add fields. */
const TRACEPARENT = /^(?!ff)([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(?:-|$)/;

/**
 * The trace fields of a record, each preceded by a comma: `traceId`, `spanId` and `flags`. Invalid fields are left out. Without a valid trace id, all
 * are.
 */
export function traceJson({ traceId, spanId, traceFlags, traceparent }: Readonly<Record<string, unknown>>): string {
  if (traceId === undefined && typeof traceparent === 'string') {
    const [, , parentTrace, parentSpan, parentFlags] = TRACEPARENT.exec(traceparent) ?? [];
    return parentSpan === undefined ? '' : fieldsJson(parentTrace, parentSpan, parentFlags);
  }
  return fieldsJson(traceId, spanId, traceFlags);
}

function fieldsJson(traceId: unknown, spanId: unknown, traceFlags: unknown): string {
  if (!isId(traceId, TRACE_ID)) return '';
  const flags = flagsOf(traceFlags);
  const flagsJson = flags === undefined ? '' : `,"flags":${String(flags)}`;
  const spanJson = isId(spanId, SPAN_ID) ? `,"spanId":"${spanId.toLowerCase()}"` : '';
  return `${flagsJson},"traceId":"${traceId.toLowerCase()}"${spanJson}`;
}

const isId = (value: unknown, pattern: RegExp): value is string => typeof value === 'string' && pattern.test(value);

/** Accepts a number, as in `SpanContext`, or two hexadecimal digits, as in logs. */
function flagsOf(flags: unknown): number | undefined {
  const number = typeof flags === 'string' && /^[\da-f]{2}$/i.test(flags) ? parseInt(flags, 16) : flags;
  return typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= 255 ? number : undefined;
}
