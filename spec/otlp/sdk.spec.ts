import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { SeverityNumber, type AnyValue } from '@opentelemetry/api-logs';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor, type ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { expect } from 'chai';
import fc from 'fast-check';
import { createBatch } from '../../lib/event/batch-of.js';
import { EVENT_CATEGORIES } from '../../lib/event/categories.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { EVENT_PRIORITIES } from '../../lib/event/priority.js';
import { httpSink } from '../../lib/http/http-sink.js';
import { otlpLogs } from '../../lib/otlp/otlp-logs.js';
import { LoopbackServer } from '../support/loopback-server.js';
import { decodeBinaryLogs, decodeLogs, recordsOf, type KeyValue, type LogRecord, type LogsRequest } from '../support/otlp.js';

const RESOURCE = { 'service.name': 'shop', 'service.version': '1.2.3', 'process.pid': 17, tags: ['a', 'b'] };
const SCOPE = { name: 'checkout', version: '0.4.0', attributes: { team: 'payments' } };

const SEVERITIES: Readonly<Record<string, SeverityNumber>> = {
  debug: SeverityNumber.DEBUG,
  info: SeverityNumber.INFO,
  warning: SeverityNumber.WARN,
  error: SeverityNumber.ERROR,
  critical: SeverityNumber.FATAL,
};

describe('otlpLogs beside the SDK of OpenTelemetry', () => {
  const events = fc.sample(anOtlpEvent(), { numRuns: 200, seed: 20 });
  const records = recordsOfSdk(events);
  let server: LoopbackServer;

  beforeEach(async () => {
    server = await LoopbackServer.start((_received, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
  });
  afterEach(() => server.stop());

  it('sends the same 200 records, field by field', async () => {
    const exporter = new OTLPLogExporter({ url: server.url });
    const result = await new Promise<{ code: number }>((resolve) => {
      exporter.export(records, resolve);
    });
    expect(result.code).to.equal(0);
    const sink = httpSink({ ...otlpLogs({ url: server.url, resource: RESOURCE, scope: SCOPE }), maxBodyBytes: Infinity });
    await sink.process(createBatch(events, 1), { signal: new AbortController().signal, attempt: 1 });
    sink.close?.();
    await exporter.shutdown();

    const [theirs, ours] = server.requests.map(({ body, headers }) => {
      expect(headers['content-type']).to.equal('application/json');
      return sorted(decodeLogs(body));
    });
    expect(recordsOf(ours as LogsRequest)).to.have.length(200);
    recordsOf(ours as LogsRequest).forEach((record, index) => {
      expect(record, JSON.stringify(events[index])).to.deep.equal(recordsOf(theirs as LogsRequest)[index]);
    });
    expect(ours).to.deep.equal(theirs);
  });

  it('agrees with the Protocol Buffers of the SDK', () => {
    const ours = otlpLogs({ url: server.url, resource: RESOURCE, scope: SCOPE }).encode.encode(createBatch(events, 1));
    const theirs = ProtobufLogsSerializer.serializeRequest(records) ?? new Uint8Array();
    expect(sorted(decodeLogs(String(ours)))).to.deep.equal(sorted(decodeBinaryLogs(theirs)));
  });
});

/** Events with values that both represent in the same way: no `undefined`, which the SDK sends as empty values, and no numbers beyond its integers. */
function anOtlpEvent(): fc.Arbitrary<AnalyticsEvent> {
  const text = fc.string({ unit: 'grapheme', maxLength: 12 });
  const scalar = fc.oneof(
    text,
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Number.isInteger(value)),
    fc.constant(null),
    fc.uint8Array({ maxLength: 9 }),
  );
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      scalar,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(text, tie('value'), { maxKeys: 4, noNullPrototype: true }),
    ),
  }));
  const hex = (length: number): fc.Arbitrary<string> =>
    fc
      .string({ unit: fc.constantFrom(...'0123456789abcdef'.split('')), minLength: length, maxLength: length })
      .filter((id) => /[^0]/.test(id));
  const context = fc.record({ traceId: hex(32), spanId: hex(16), traceFlags: fc.integer({ min: 0, max: 255 }) });
  const user = fc.record({ userId: text.filter((id) => id !== ''), anonymousId: fc.uuid() }, { requiredKeys: [] });
  const custom = fc.dictionary(
    text.filter((key) => key !== ''),
    value,
    { maxKeys: 4, noNullPrototype: true },
  );
  return fc
    .record({
      id: fc.uuid({ version: 7 }),
      type: text,
      category: fc.constantFrom(...EVENT_CATEGORIES),
      priority: fc.constantFrom(...EVENT_PRIORITIES),
      timestamp: fc.integer({ min: 1, max: 4e12 }),
      sessionId: fc.uuid(),
      data: fc.oneof(value, fc.record({ severity: fc.constantFrom(...Object.keys(SEVERITIES)), message: text })),
      metadata: fc
        .tuple(custom, fc.record({ os: text, timezoneOffset: fc.integer() }), fc.option(context), fc.option(user))
        .map((parts) => Object.assign({}, ...parts) as AnalyticsEvent['metadata']),
      weight: fc.constantFrom(1, 1, 2.5, 10),
    })
    .map((event) => event as AnalyticsEvent);
}

/** The same events through the SDK, by the table of docs/destinations.md. */
function recordsOfSdk(events: readonly AnalyticsEvent[]): ReadableLogRecord[] {
  const exporter = new InMemoryLogRecordExporter();
  const provider = new LoggerProvider({
    resource: resourceFromAttributes(RESOURCE),
    processors: [new SimpleLogRecordProcessor({ exporter })],
  });
  const logger = provider.getLogger(SCOPE.name, SCOPE.version, { attributes: SCOPE.attributes });
  for (const { id, type, category, priority, timestamp, sessionId, data, metadata, weight } of events) {
    const { traceId, spanId, traceFlags, userId, anonymousId, ...others } = metadata;
    const severity = category === 'error' ? (data as { severity?: string } | null)?.severity : undefined;
    const severityNumber = severity === undefined ? undefined : SEVERITIES[severity];
    const time: [number, number] = [Math.floor(timestamp / 1_000), (timestamp % 1_000) * 1_000_000];
    logger.emit({
      timestamp: time,
      observedTimestamp: time,
      eventName: type,
      body: data as AnyValue,
      ...(severityNumber !== undefined && { severityNumber, severityText: String(severity) }),
      ...(typeof traceId === 'string' && {
        context: trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId: String(spanId), traceFlags: Number(traceFlags) }),
      }),
      attributes: {
        ...(others as Record<string, AnyValue>),
        ...(userId !== undefined && { 'user.id': userId as string }),
        ...(anonymousId !== undefined && { 'enduser.pseudo.id': anonymousId as string }),
        'log.record.uid': id,
        'session.id': sessionId,
        'rx_event_collector.category': category,
        'rx_event_collector.priority': priority,
        'rx_event_collector.weight': weight,
        'sampler.adjusted_count': weight,
      },
    });
  }
  return exporter.getFinishedLogRecords();
}

/** The order of attributes has no meaning. */
function sorted({ resourceLogs }: LogsRequest): LogsRequest {
  const byKey = (attributes: readonly KeyValue[] = []): readonly KeyValue[] =>
    attributes.toSorted((a, b) => (String(a.key) < String(b.key) ? -1 : 1));
  const sortedRecord = (record: LogRecord): LogRecord => ({ ...record, attributes: byKey(record.attributes) });
  return {
    resourceLogs: resourceLogs.map(({ resource, scopeLogs, ...rest }) => ({
      ...rest,
      resource: { ...resource, attributes: byKey(resource.attributes) },
      scopeLogs: scopeLogs.map(({ logRecords, ...scope }) => ({ ...scope, logRecords: logRecords.map(sortedRecord) })),
    })),
  };
}
