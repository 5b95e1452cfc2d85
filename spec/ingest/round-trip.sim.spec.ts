import { expect } from 'chai';
import { EventCollector, MemorySink, SinkError, type AnalyticsEvent, type EventBatch, type EventSink } from '../../lib/index.js';
import { apiKey, ingestHandler, nodeListener, type IngestReport } from '../../lib/ingest/index.js';
import { seededRandom } from '../../lib/testing/index.js';
import { expectBalanced } from '../support/books.js';
import { gzipped } from './asked.js';
import { serve } from './served.js';

describe('from a collector over HTTP to a collector', () => {
  interface Form {
    readonly type: string;
    readonly encode: (batch: EventBatch) => string;
    readonly zips?: true;
  }

  const FORMS: Readonly<Record<string, Form>> = {
    'a batch': { type: 'application/json', encode: (batch) => JSON.stringify(batch) },
    'a batch in gzip': { type: 'application/json', encode: (batch) => JSON.stringify(batch), zips: true },
    'a list': { type: 'application/json', encode: ({ events }) => JSON.stringify(events) },
    NDJSON: { type: 'application/x-ndjson', encode: ({ events }) => events.map((event) => `${JSON.stringify(event)}\n`).join('') },
    CloudEvents: {
      type: 'application/cloudevents-batch+json',
      encode: ({ events }) => JSON.stringify(events.map(cloudEvent)),
    },
  };

  /** Outcomes of an attempt besides an answer. */
  type Fault = 'none' | 'lost request' | 'lost answer';

  function httpSink(url: string, { type, encode, zips }: Form, faultOf: () => Fault = () => 'none'): EventSink {
    return {
      name: 'http',
      async process(batch, { signal }) {
        const fault = faultOf();
        if (fault === 'lost request') throw new SinkError('unavailable', 'Lost');
        const body = zips === true ? await gzipped(encode(batch)) : encode(batch);
        const headers = { 'content-type': type, 'x-api-key': 'k-1', ...(zips && { 'content-encoding': 'gzip' }) };
        const response = await fetch(url, { method: 'POST', headers, body: body as BodyInit, signal });
        const report = (await response.json()) as IngestReport;
        if (fault === 'lost answer') throw new SinkError('unavailable', 'Lost');
        if (response.status === 413) throw new SinkError('too_large', 'Too large');
        if (response.status === 429 || response.status >= 500) throw new SinkError('unavailable', 'Busy');
        if (response.status !== 202) throw new SinkError('rejected', String(response.status));
        const failed = report.invalid.map(({ index }) => batch.events[index]);
        if (failed.length > 0) throw new SinkError('rejected', 'Invalid', { failed });
      },
    };
  }

  const LANE = { retry: { baseDelayMs: 1, maxDelayMs: 5 }, breaker: false } as const;

  for (const [name, form] of Object.entries(FORMS)) {
    it(`delivers the same events, as ${name}`, async () => {
      const sink = new MemorySink();
      const sent: AnalyticsEvent[] = [];
      const inner = new EventCollector({ sinks: [sink] });
      const { url, close } = await serve(nodeListener(ingestHandler({ collector: inner, authorize: apiKey(['k-1']) })));
      const outer = new EventCollector({
        sinks: [httpSink(url, form)],
        lane: LANE,
        metadata: { appVersion: '1.2', nested: { list: [1, null] } },
      });
      outer.events$.subscribe((event) => sent.push(event));
      for (let n = 0; n < 1_000; n += 1) {
        outer.collect({
          type: 'checkout_completed',
          priority: n % 7 === 0 ? 'critical' : 'low',
          data: { n, text: 'ü😀"\n\u2028' },
          weight: 1 + (n % 3) / 2,
        });
      }
      await outer.shutdown();
      await inner.shutdown();
      await close();
      // JSON has no `undefined`, and each end has the whole event: the same fields, the same values.
      expect(sink.events).to.deep.equal(JSON.parse(JSON.stringify(sent)));
      expect(expectBalanced(outer).sinks.http).to.include({ offered: 1_000, delivered: 1_000 });
      expect(expectBalanced(inner)).to.include({ eventsReceived: 1_000, eventsProcessed: 1_000 });
    });
  }

  it('delivers each event once, when requests and answers are lost and the server asks for retries', async () => {
    const random = seededRandom(7);
    const sink = new MemorySink();
    // The server has a small lane and a slow sink.
    const slow: EventSink = {
      name: 'slow',
      process: (batch) => new Promise<void>((resolve) => setImmediate(resolve)).then(() => sink.process(batch)),
    };
    const inner = new EventCollector({ sinks: [slow], lane: { overflow: 'block', maxEvents: 60 }, config: { batch: { maxCount: 10 } } });
    const handler = ingestHandler({ collector: inner });
    const statuses = new Map<number, number>();
    const { url, close } = await serve(
      nodeListener(async (request) => {
        const response = await handler(request);
        statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
        return response;
      }),
    );
    const faultOf = (): Fault => (random() < 0.15 ? 'lost request' : random() < 0.2 ? 'lost answer' : 'none');
    const outer = new EventCollector({
      sinks: [httpSink(url, FORMS['a batch in gzip'] as Form, faultOf)],
      lane: { ...LANE, concurrency: 3, maxEvents: 10_000 },
    });
    const sent: string[] = [];
    outer.events$.subscribe(({ id }) => sent.push(id));
    for (let n = 0; n < 5_000; n += 1) outer.collect({ type: 'page_viewed', data: n });
    await outer.shutdown();
    await inner.shutdown();
    await close();
    expect(sink.events.map(({ id }) => id).sort()).to.deep.equal(sent.sort());
    expect(expectBalanced(outer).sinks.http).to.include({ offered: 5_000, delivered: 5_000, failed: 0, dropped: 0 });
    const { eventsReceived, eventsDropped, dropped } = expectBalanced(inner);
    expect(eventsReceived - eventsDropped).to.equal(5_000);
    // One refused event for each answer that asked for a retry, and no other loss.
    expect(dropped.backpressure).to.equal(eventsDropped).and.equal(statuses.get(429)).and.be.above(0);
    expect([...statuses.keys()].sort()).to.deep.equal([202, 429]);
  });

  it('fails only the events that the server finds invalid', async () => {
    const sink = new MemorySink();
    const inner = new EventCollector({ sinks: [sink], validate: ({ data }) => (data === 13 ? 'unlucky' : undefined) });
    const { url, close } = await serve(nodeListener(ingestHandler({ collector: inner })));
    const outer = new EventCollector({ sinks: [httpSink(url, FORMS.NDJSON as Form)], lane: LANE });
    const failed: unknown[] = [];
    outer.deadLetters$.subscribe(({ batch }) => failed.push(...batch.events.map(({ data }) => data)));
    for (let n = 0; n < 20; n += 1) outer.collect({ type: 'page_viewed', data: n });
    await outer.shutdown();
    await inner.shutdown();
    await close();
    expect(failed).to.deep.equal([13]);
    expect(sink.events).to.have.length(19);
    expect(expectBalanced(outer).sinks.http).to.include({ offered: 20, delivered: 19, failed: 1 });
    expect(expectBalanced(inner)).to.include({ eventsReceived: 20, eventsInvalid: 1, eventsProcessed: 19 });
  });
});

function cloudEvent({ id, type, category, priority, timestamp, sessionId, data, metadata, weight }: AnalyticsEvent): object {
  return {
    specversion: '1.0',
    id,
    source: 'rx-event-collector',
    type,
    time: new Date(timestamp).toISOString(),
    datacontenttype: 'application/json',
    category,
    priority,
    sessionid: sessionId,
    weight: Number.isInteger(weight) ? weight : String(weight),
    metadata: JSON.stringify(metadata),
    data,
  };
}
