/**
 * A server with a small heap, as a child process: `node --max-old-space-size=256 … small-server.ts CASE`. Prints how many events it accepted, as JSON.
 *
 * It keeps no event: only the state of the endpoint and of the samplers grows.
 */
import { gzipSync } from 'node:zlib';
import * as t from 'io-ts';
import { EventCollector, sampling, type CollectorOptions, type EventSink } from '../../../lib/index.js';
import { eventJson } from '../../../lib/http/index.js';
import { ingestHandler, type IngestOptions, type IngestReport } from '../../../lib/ingest/index.js';

interface Attack {
  readonly type?: string;
  readonly event: (n: number, filler: string) => object;
  readonly decode?: (value: unknown) => t.Validation<never>;
  readonly options?: CollectorOptions;
  /** Characters of an event's filler. @default 65_000 */
  readonly length?: number;
  /** Events per request. @default 60 */
  readonly events?: number;
  readonly requests?: number;
}

/** The start of a long string: V8 makes it a view into the whole. */
const startOf = (text: unknown): string => String(text).slice(0, 100);

const lengthen = (n: number, filler: string): string => `${String(n).padStart(50, '0')}${'-'.repeat(40)}${filler}`;

/** A custom codec, which cuts names out of longer strings. */
const cutting = (name: string) => (value: unknown) =>
  t.success({ type: 'a', [name]: startOf((value as { readonly data: unknown }).data) } as never);

const inData = (n: number, filler: string): object => ({ type: 'a', data: lengthen(n, filler) });

/** Keys of custom sampling. */
const sampledBy = (key: (data: unknown) => unknown): CollectorOptions => ({
  sampling: sampling.all(
    sampling.minPerWindow({ rate: 0.5, minPerWindow: 1, windowMs: 3_600_000, key: ({ data }) => key(data) }),
    sampling.rateLimit({ perSecond: 1, key: ({ data }) => key(data) }),
  ),
});

const encoding: EventSink = { name: 'encoding', process: ({ events }) => void events.map(eventJson) };

const ATTACKS: Readonly<Record<string, Attack>> = {
  sources: {
    type: 'application/cloudevents-batch+json',
    event: (n, filler) => ({ specversion: '1.0', type: 'a', id: String(n), source: lengthen(n, filler) }),
  },
  ids: { event: inData, decode: cutting('id') },
  types: { event: inData, decode: cutting('type') },
  sessions: { event: inData, decode: cutting('sessionId') },
  'parts as sampling keys': { event: inData, options: sampledBy(startOf) },
  'long sampling keys': { event: inData, options: sampledBy((data) => data) },
  'lists as sampling keys': { event: inData, options: sampledBy((data) => [data]) },
  // Encoders remember the JSON of up to 500 types.
  'types of an enricher': {
    event: inData,
    options: {
      sampling: undefined,
      enrichers: [(event) => ({ ...event, type: startOf(event.data), data: 0 })],
      sinks: [encoding],
      config: { batch: { maxCount: 1 } },
    },
    length: 700_000,
    events: 1,
    requests: 600,
  },
};

const attack = ATTACKS[process.argv[2] ?? '']!;
const collector = new EventCollector({
  sinks: [],
  sampling: sampling.all(
    sampling.minPerWindow({ rate: 0.5, minPerWindow: 1, windowMs: 3_600_000 }),
    sampling.minPerWindow({ rate: 0.5, minPerWindow: 1, windowMs: 3_600_000, key: ({ sessionId }) => sessionId }),
  ),
  ...attack.options,
});
const { decode, length = 65_000, events: count = 60, requests = 80 } = attack;
const options: IngestOptions = {
  collector,
  limits: { stringLength: 1_000_000 },
  ...(decode !== undefined && { decode: { name: 'Cut', decode, validate: decode } }),
};
const handle = ingestHandler(options);

let taken = 0;
const filler = 'x'.repeat(length);
for (let request = 0; request < requests; request += 1) {
  const events = Array.from({ length: count }, (_, index) => attack.event(request * count + index, filler));
  const body = gzipSync(JSON.stringify(events), { level: 1 });
  const headers = { 'content-type': attack.type ?? 'application/json', 'content-encoding': 'gzip' };
  const response = await handle(new Request('https://example.org/', { method: 'POST', headers, body }));
  const { accepted, sampled } = (await response.json()) as IngestReport;
  taken += accepted + sampled;
}
console.log(JSON.stringify({ taken, expected: requests * count }));
await collector.shutdown();
