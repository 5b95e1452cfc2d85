import { parseArgs } from 'node:util';
import { JsonLogsSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { buildLibrary } from './harness/prepare.mjs';
import { median, quantile } from './harness/statistics.mjs';
import { table } from './harness/table.mjs';

/**
 * `node bench/otlp.mjs` compares the encoder of `otlpLogs` with `JsonLogsSerializer` of the OpenTelemetry SDK: batches of 100 events up to the bytes of the
 * request, round by round in one process, by processor time. Prints the medians and quartiles of the ratios: below 1 is faster.
 */
const {
  values: { rounds, roundMs },
} = parseArgs({ options: { rounds: { type: 'string', default: '31' }, roundMs: { type: 'string', default: '40' } } });
const BATCH = 100;
/** More batches than the caches of short texts hold. */
const BATCHES = 20;

buildLibrary(() => {});
const { createBatch, createEvent } = await import(`${process.env.LIBRARY}/index.js`);
const { otlpLogs } = await import(`${process.env.LIBRARY}/otlp.js`);

const stack = (n) =>
  [
    `TypeError: Cannot read properties of undefined (reading 'price${String(n % 7)}')`,
    ...Array.from(
      { length: 12 },
      (_, line) =>
        `    at Cart.total${String(line)} (https://shop.example.com/assets/main-${String(n % 3)}f3a.js:${String(n)}:${String(line * 317)})`,
    ),
  ].join('\n');

/** What the events of a kind differ in. */
const KINDS = {
  clicks: (n) => ({
    type: 'feature_used',
    data: { feature: 'cart', action: 'click', success: true, x: n, y: n * 0.5, target: `#item-${String(n)}` },
  }),
  'errors with a stack trace': (n) => ({
    type: 'error_occurred',
    category: 'error',
    data: { code: 'TypeError', message: "Cannot read properties of undefined (reading 'price')", severity: 'error', stackTrace: stack(n) },
  }),
  'messages with emoji': (n) => ({
    type: 'message_sent',
    data: {
      text: `Danke für alles 🎉🎉 — schöne Grüße aus Köln 👋🏽 ${String(n)}`,
      room: `Räume/${String(n % 9)} ☕`,
      reactions: ['👍', '😀', '❤️'],
    },
  }),
  'long messages with emoji': (n) => ({
    type: 'message_sent',
    data: { text: `Danke für alles 🎉 — schöne Grüße aus Köln 👋🏽, ${String(n)} mal. `.repeat(20) },
  }),
  'nested orders': (n) => ({
    type: 'order_placed',
    category: 'business',
    data: {
      total: n,
      lines: Array.from({ length: 8 }, (_, line) => ({
        sku: `A-${String(line)}`,
        count: line,
        price: { value: line * 1.5, currency: 'EUR' },
      })),
    },
  }),
};

const RESOURCE = { 'service.name': 'shop', 'service.version': '1.2.3' };
const METADATA = Object.freeze({ os: 'Linux', locale: 'en-GB', timezoneOffset: 0, appVersion: '1.2.0', userId: 'user-1' });

function eventsOf(kind) {
  return Array.from({ length: BATCH * BATCHES }, (_, n) => createEvent({ ...KINDS[kind](n), sessionId: 'a3f1', metadata: METADATA }));
}

/** The same through the SDK, by the table of docs/destinations.md. */
function recordsOf(events) {
  const exporter = new InMemoryLogRecordExporter();
  const processors = [new SimpleLogRecordProcessor({ exporter })];
  const logger = new LoggerProvider({ resource: resourceFromAttributes(RESOURCE), processors }).getLogger('rx-event-collector');
  for (const { id, type, category, priority, timestamp, sessionId, data, metadata, weight } of events) {
    const { userId, ...others } = metadata;
    const time = [Math.floor(timestamp / 1_000), (timestamp % 1_000) * 1_000_000];
    logger.emit({
      timestamp: time,
      observedTimestamp: time,
      eventName: type,
      body: data,
      ...(category === 'error' && { severityNumber: 17, severityText: data.severity }),
      attributes: {
        ...others,
        'user.id': userId,
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

const chunks = (all) => Array.from({ length: BATCHES }, (_, index) => all.slice(index * BATCH, (index + 1) * BATCH));

/** Nanoseconds of processor time for a batch, measured for `roundMs`. */
function measure(batches, encode) {
  const until = performance.now() + Number(roundMs);
  const { user, system } = process.cpuUsage();
  let count = 0;
  while (performance.now() < until) {
    for (const batch of batches) encode(batch);
    count += batches.length;
  }
  const end = process.cpuUsage();
  return ((end.user - user + end.system - system) * 1e3) / count;
}

const rows = Object.keys(KINDS).map((kind) => {
  const events = eventsOf(kind);
  const records = chunks(recordsOf(events));
  const { encode } = otlpLogs({ url: 'http://localhost:4318', resource: RESOURCE }).encode;
  const batches = chunks(events).map((each, index) => createBatch(each, index + 1));
  const ours = encode;
  const theirs = (batch) => JsonLogsSerializer.serializeRequest(batch);
  const figures = [];
  // The first rounds warm up.
  for (let round = -5; round < Number(rounds); round += 1) {
    const before = measure(records, theirs);
    const own = measure(batches, ours);
    const after = measure(records, theirs);
    if (round >= 0) figures.push({ own, ratio: (2 * own) / (before + after) });
  }
  const ratios = figures.map(({ ratio }) => ratio);
  return [
    kind,
    `${(median(figures.map(({ own }) => own)) / BATCH / 1e3).toFixed(2)} µs`,
    `${median(ratios).toFixed(2)} ×`,
    `${quantile(ratios, 0.25).toFixed(2)} – ${quantile(ratios, 0.75).toFixed(2)}`,
  ];
});
console.log(table(['', 'an event', 'of the SDK', 'quartiles'], rows));
