import { expect } from 'chai';
import * as t from 'io-ts';
import { NEVER } from 'rxjs';
import { eventCodec, trackingPlan } from '../../lib/codecs/index.js';
import { cloudEventsEncoder } from '../../lib/http/index.js';
import { createBatch, createEvent, EventCollector, type EventSink, MemorySink } from '../../lib/index.js';
import { ingestHandler, type IngestOptions, type IngestReport } from '../../lib/ingest/index.js';
import { testCollector } from '../../lib/testing/index.js';
import { expectBalanced } from '../support/books.js';
import { answerOf, ask, gzipped, reportOf } from './asked.js';

describe('ingestHandler', () => {
  function endpoint(options: Partial<IngestOptions> = {}) {
    const { collector, sink, shutdown, advance } = testCollector();
    return { collector, sink, advance, shutdown, handler: ingestHandler({ collector, ...options }) };
  }

  describe('accepts', () => {
    const one = { type: 'a', id: '1', data: { n: 1 } };
    const two = { type: 'b', id: '2' };
    const bodies: Readonly<Record<string, readonly [unknown, string, number]>> = {
      'a list of events': [[one, two], 'application/json', 2],
      'one event': [one, 'application/json; charset=utf-8', 1],
      'a batch': [createBatch([createEvent(one), createEvent(two)], 1), 'application/json', 2],
      'a batch that has only events': [{ events: [one, two] }, 'application/json', 2],
      'NDJSON, with blank lines, CRLF and no newline at its end': [
        `${JSON.stringify(one)}\r\n\n \n${JSON.stringify(two)}`,
        'application/x-ndjson',
        2,
      ],
      'a text that a page sends without a preflight': [JSON.stringify([one, two]), 'text/plain;charset=UTF-8', 2],
      'an event with a key `events`': [{ ...one, events: [two] }, 'application/json', 1],
    };

    for (const [name, [body, type, count]] of Object.entries(bodies)) {
      it(name, async () => {
        const { handler, sink, shutdown, collector } = endpoint();
        const { status, report } = await ask(handler, body, { 'content-type': type });
        expect([status, report]).to.deep.equal([202, reportOf({ accepted: count })]);
        shutdown();
        expectBalanced(collector);
        expect(sink.events.map(({ id, type, data }) => ({ id, type, data }))).to.deep.equal(
          [{ ...one }, { ...two, data: undefined }].slice(0, count),
        );
      });

      it(`${name}, in gzip`, async () => {
        const { handler } = endpoint();
        const packed = await gzipped(typeof body === 'string' ? body : JSON.stringify(body));
        const { report } = await ask(handler, packed, { 'content-type': type, 'content-encoding': 'gzip' });
        expect(report.accepted).to.equal(count);
      });
    }

    it('a body without a type, as JSON', async () => {
      const { handler } = endpoint();
      const { report } = await ask(handler, new TextEncoder().encode('[{"type":"a"}]'));
      expect(report).to.deep.equal(reportOf({ accepted: 1 }));
    });

    it('every field unchanged, and the collector fills in the others', async () => {
      const { handler, sink, shutdown, advance } = endpoint();
      const whole = createEvent({
        type: 'paid',
        category: 'business',
        priority: 'high',
        sessionId: 's',
        weight: 2.5,
        timestamp: 5,
        data: [1],
        metadata: { app: 'shop' },
      });
      advance(1_234);
      await ask(handler, [whole, { type: 'error_occurred', timestamp: null, id: null }]);
      shutdown();
      const [first, second] = sink.events;
      expect(first).to.deep.include({ ...whole, metadata: first?.metadata });
      expect(first?.metadata).to.deep.include(whole.metadata);
      expect(second).to.include({ timestamp: 1_234, category: 'error', priority: 'normal', weight: 1 });
      expect(second?.id).to.be.a('string').that.is.not.empty;
    });
  });

  describe('answers', () => {
    it('with the valid events of a body as accepted, and the invalid ones by index, without their values', async () => {
      const { handler, sink, shutdown } = endpoint();
      const events = [{ type: 'a' }, { type: 'b', timestamp: 'secret' }, null, { type: 'c' }, { type: 'd', weight: 0, priority: 'secret' }];
      const { status, report, text } = await ask(handler, events);
      expect(status).to.equal(202);
      expect(report).to.deep.equal(
        reportOf({
          accepted: 2,
          invalid: [
            {
              index: 1,
              faults: [{ path: 'timestamp', expected: '(time in milliseconds or ISO 8601, from 1970 on | undefined)', got: 'a string' }],
            },
            { index: 2, faults: [{ path: '', expected: 'EventInput', got: 'null' }] },
            {
              index: 4,
              faults: [
                { path: 'priority', expected: '("low" | "normal" | "high" | "critical" | undefined)', got: 'a string' },
                { path: 'weight', expected: '(number from 1 to 4294967296 | undefined)', got: 'a number' },
              ],
            },
          ],
        }),
      );
      expect(text).not.to.include('secret');
      shutdown();
      expect(sink.events.map(({ type }) => type)).to.deep.equal(['a', 'c']);
    });

    it('with invalid lines of NDJSON by their index among the lines that are not blank', async () => {
      const { handler } = endpoint();
      const { report } = await ask(handler, '{"type":"a"}\n\noops\n{"type":"b"}\n', { 'content-type': 'application/x-ndjson' });
      expect(report).to.deep.equal(
        reportOf({ accepted: 2, invalid: [{ index: 1, faults: [{ path: '', expected: 'JSON in UTF-8', got: 'something else' }] }] }),
      );
    });

    it('with the outcome of each event', async () => {
      const { collector } = testCollector({
        config: { privacyLevel: 'balanced', overrides: { rare: { sampling: { rate: 0, minPerWindow: 0, windowMs: 1_000 } } } },
        enrichers: (event) => {
          if (event.type === 'broken') throw new Error('no');
          return event;
        },
        validate: ({ type }) => (type === 'unplanned' ? 'not in the plan' : undefined),
      });
      const types = ['fine', 'auth_attempted', 'rare', 'broken', 'unplanned', 'fine'];
      const { status, report } = await ask(
        ingestHandler({ collector }),
        types.map((type) => ({ type })),
      );
      expect(status).to.equal(202);
      expect(report).to.deep.equal(
        reportOf({
          accepted: 2,
          filtered: 1,
          sampled: 1,
          dropped: 1,
          invalid: [{ index: 4, faults: [{ path: '', expected: "event that passes the collector's validation", got: 'another' }] }],
        }),
      );
      expectBalanced(collector);
    });

    it('with the faults of the given codec', async () => {
      const plan = trackingPlan({ paid: { data: t.type({ total: t.number }) } });
      const { handler } = endpoint({ decode: plan.codec });
      const event = createEvent({ type: 'paid', data: { total: 'twelve' } });
      const { report } = await ask(handler, [event]);
      expect(report.invalid).to.deep.equal([{ index: 0, faults: [{ path: 'data.total', expected: 'number', got: 'a string' }] }]);
      const strict = await ask(endpoint({ decode: eventCodec() }).handler, [{ type: 'paid' }]);
      expect(strict.report.invalid[0]?.faults.map(({ path }) => path)).to.include('id');
    });

    for (const [name, body, type] of [
      ['text that is not JSON', '{"type":', 'application/json'],
      ['nothing', '', 'application/json'],
      ['a number', '7', 'application/json'],
      ['null', 'null', 'application/json'],
      ['invalid UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 'application/json'],
      ['one CloudEvent instead of a list', '{}', 'application/cloudevents-batch+json'],
    ] as const) {
      it(`400 to ${name}`, async () => {
        const { status, error } = await ask(endpoint().handler, body, { 'content-type': type });
        expect([status, error.code]).to.deep.equal([400, 'BODY_UNREADABLE']);
      });
    }

    it('400 to invalid, damaged and truncated gzip', async () => {
      const packed = await gzipped(JSON.stringify([{ type: 'a' }]));
      const damaged = packed.slice();
      damaged.fill(0xff, 12, 20);
      for (const body of [new TextEncoder().encode('[{"type":"a"}]'), damaged, packed.subarray(0, packed.length - 9), new Uint8Array()]) {
        const { collector, handler } = endpoint();
        const { status, error } = await ask(handler, body, { 'content-encoding': 'gzip' });
        expect([status, error.code]).to.deep.equal([400, 'BAD_GZIP']);
        expect(expectBalanced(collector).eventsReceived).to.equal(0);
      }
    });

    it('404 to another path, 405 to another method, 415 to an unknown format', async () => {
      const { handler } = endpoint({ path: '/events' });
      expect((await ask(handler, [])).status).to.equal(404);
      expect((await ask(handler, [], {}, 'https://events.example/events?x=1')).status).to.equal(202);
      for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS']) {
        const { status, headers } = await answerOf(await handler(new Request('https://events.example/events', { method })));
        expect([status, headers.get('allow')]).to.deep.equal([405, 'POST']);
      }
      const url = 'https://events.example/events';
      expect((await ask(handler, '<xml/>', { 'content-type': 'text/xml' }, url)).error.code).to.equal('UNSUPPORTED_TYPE');
      expect((await ask(handler, '[]', { 'content-type': 'application/json; charset="latin1"' }, url)).error.code).to.equal(
        'UNSUPPORTED_CHARSET',
      );
      const packed = await ask(handler, '[]', { 'content-encoding': 'br' }, url);
      expect([packed.status, packed.headers.get('accept-encoding')]).to.deep.equal([415, 'gzip']);
    });

    it('413 to too many events, in every form', async () => {
      const { handler, collector } = endpoint({ limits: { events: 2 } });
      const events = [{ type: 'a' }, { type: 'b' }, { type: 'c' }];
      const lines = events.map((event) => JSON.stringify(event)).join('\n');
      expect((await ask(handler, events)).error.code).to.equal('TOO_MANY_EVENTS');
      expect((await ask(handler, { events })).status).to.equal(413);
      expect((await ask(handler, lines, { 'content-type': 'application/x-ndjson' })).status).to.equal(413);
      expect((await ask(handler, events, { 'content-type': 'application/cloudevents-batch+json' })).status).to.equal(413);
      expect(expectBalanced(collector).eventsReceived).to.equal(0);
    });
  });

  describe('with authorize', () => {
    it('answers by the result of `authorize`', async () => {
      const asked = async (authorization: boolean | 401 | 403, headers: Readonly<Record<string, string>> = {}) =>
        (await ask(endpoint({ authorize: () => Promise.resolve(authorization) }).handler, [], headers)).status;
      expect(await asked(true)).to.equal(202);
      expect(await asked(false)).to.equal(401);
      expect(await asked(false, { authorization: 'Bearer other' })).to.equal(403);
      expect(await asked(401)).to.equal(401);
      expect(await asked(403)).to.equal(403);
      expect(await asked('yes' as unknown as boolean)).to.equal(403);
    });

    it('reads no body before `authorize` has returned true', async () => {
      const { handler } = endpoint({ authorize: () => false });
      const body = new ReadableStream(
        {
          pull() {
            throw new Error('read');
          },
        },
        { highWaterMark: 0 },
      );
      expect((await ask(handler, body)).status).to.equal(401);
    });

    it('answers 500 and reports the error if `authorize` throws', async () => {
      const errors: unknown[] = [];
      const failure = new Error('no key store');
      const authorize = () => {
        throw failure;
      };
      const { handler, collector } = endpoint({ authorize, onError: (error) => errors.push(error) });
      const { status, text } = await ask(handler, [{ type: 'a' }]);
      expect(status).to.equal(500);
      expect(text).not.to.include('key store');
      expect(errors).to.deep.equal([failure]);
      expect(collector.stats().eventsReceived).to.equal(0);
    });

    it('answers 500 if `authorize` has read the body', async () => {
      const errors: unknown[] = [];
      const authorize = async (request: Request) => (await request.text()) !== '';
      const { status, error } = await ask(endpoint({ authorize, onError: (each) => errors.push(each) }).handler, [{ type: 'a' }]);
      expect([status, error.code]).to.deep.equal([500, 'BODY_ALREADY_READ']);
      expect(String(errors[0])).to.include('ahead of any body parser');
      const cloning = async (request: Request) => (await request.clone().text()) !== '';
      expect((await ask(endpoint({ authorize: cloning }).handler, [{ type: 'a' }])).status).to.equal(202);
    });
  });

  describe('asks for a retry', () => {
    const stuck: EventSink = { name: 'stuck', process: () => NEVER };
    const events = ['1', '2', '3', '4', '5'].map((id) => ({ type: 'a', id }));

    it('when a lane is full, and does not accept accepted events again', async () => {
      const sink = new MemorySink();
      let isOpen = false;
      const gated: EventSink = { name: 'gated', process: (batch) => (isOpen ? sink.process(batch) : NEVER) };
      const collector = new EventCollector({
        sinks: [gated],
        lane: { overflow: 'block', maxEvents: 3, timeoutMs: 20 },
        config: { batch: { maxCount: 1 } },
      });
      const handler = ingestHandler({ collector, retryAfterMs: 2_500 });
      const { status, headers, report } = await ask(handler, [...events.slice(0, 2), { type: 3 }, ...events.slice(2)]);
      expect([status, headers.get('retry-after')]).to.deep.equal([429, '3']);
      expect(report).to.include({ accepted: 3, retryFrom: 4 });
      expect(report.invalid.map(({ index }) => index)).to.deep.equal([2]);

      isOpen = true;
      await collector.flush();
      const again = await ask(handler, events);
      expect([again.status, again.report]).to.deep.equal([202, reportOf({ accepted: 2, duplicates: 3 })]);
      await collector.shutdown();
      expect(sink.events.map(({ id }) => id)).to.deep.equal(['1', '2', '3', '4', '5']);
      // The refused event is in the ledger, once.
      expect(expectBalanced(collector)).to.include({ eventsReceived: 6, eventsDropped: 1 });
    });

    it('when consent is unknown and the gate is full', async () => {
      const collector = new EventCollector({ config: { queue: { maxEvents: 2 } } });
      const { status, report } = await ask(ingestHandler({ collector }), events);
      expect([status, report]).to.deep.equal([429, reportOf({ accepted: 2, retryFrom: 2 })]);
      await collector.shutdown();
      expectBalanced(collector);
    });

    it('not for a loss that another attempt would repeat', async () => {
      const redaction = [{ name: 'broken', redact: () => expect.fail('never mind') as string }];
      const collector = new EventCollector({ sinks: [new MemorySink()], redaction });
      const { status, report } = await ask(ingestHandler({ collector }), [{ type: 'a', data: 'text' }]);
      expect([status, report]).to.deep.equal([202, reportOf({ dropped: 1 })]);
      await collector.shutdown();
    });

    it('with 503 when the collector is closed, and still reports accepted events', async () => {
      const collector = new EventCollector({ sinks: [stuck] });
      const handler = ingestHandler({ collector });
      let closing: Promise<unknown> | undefined;
      collector.events$.subscribe(({ id }) => {
        if (id === '2') closing = collector.shutdown({ timeoutMs: 0 });
      });
      const { status, report } = await ask(handler, events);
      expect([status, report]).to.deep.equal([503, reportOf({ accepted: 2, retryFrom: 2 })]);
      await closing;
      expect((await ask(handler, events.slice(2))).report).to.deep.equal(reportOf({ retryFrom: 0 }));
      expectBalanced(collector);
    });
  });

  describe('remembers', () => {
    it('accepted ids, so that a batch sent twice is accepted once and succeeds twice', async () => {
      const { handler, sink, shutdown } = endpoint();
      const batch = createBatch([createEvent({ type: 'a' }), createEvent({ type: 'b' })], 1);
      expect((await ask(handler, batch)).report).to.deep.equal(reportOf({ accepted: 2 }));
      expect(await ask(handler, batch)).to.deep.include({ status: 202, report: reportOf({ duplicates: 2 }) });
      shutdown();
      expect(sink.events).to.have.length(2);
    });

    it('ids of filtered and sampled events, so that a retry does not change the result', async () => {
      const { collector } = testCollector({ config: { sampling: { rate: 0, minPerWindow: 0, windowMs: 1_000 } } });
      const handler = ingestHandler({ collector });
      const events = [
        { type: 'auth_attempted', id: '1' },
        { type: 'a', id: '2' },
      ];
      expect((await ask(handler, events)).report).to.deep.equal(reportOf({ filtered: 1, sampled: 1 }));
      expect((await ask(handler, events)).report).to.deep.equal(reportOf({ duplicates: 2 }));
    });

    it('no invalid events, which are reported again', async () => {
      const { handler } = endpoint();
      const first = await ask(handler, [{ id: '1', type: '' }]);
      expect((await ask(handler, [{ id: '1', type: '' }])).report).to.deep.equal(first.report);
      expect((await ask(handler, [{ id: '1', type: 'a' }])).report.accepted).to.equal(1);
    });

    it('ids within one body, too', async () => {
      const { handler } = endpoint();
      expect(
        (
          await ask(handler, [
            { id: '1', type: 'a' },
            { id: '1', type: 'a' },
          ])
        ).report,
      ).to.deep.equal(reportOf({ accepted: 1, duplicates: 1 }));
    });

    it('a foreign CloudEvent by its source and id together', async () => {
      const { handler } = endpoint();
      const asBatch = { 'content-type': 'application/cloudevents-batch+json' };
      const sources = ['/a', '/b', `/${'x'.repeat(1_000)}`, `/${'x'.repeat(1_000)}y`];
      const events = sources.map((source) => ({ specversion: '1.0', id: '1', source, type: 'a' }));
      expect((await ask(handler, events, asBatch)).report).to.deep.equal(reportOf({ accepted: 4 }));
      expect((await ask(handler, events, asBatch)).report).to.deep.equal(reportOf({ duplicates: 4 }));
    });

    it('the source and id as a pair, wherever they are split', async () => {
      const { handler } = endpoint();
      const pairs = [
        ['a b', 'c'],
        ['a', 'b c'],
        ['a b', 'c d'],
        ['a b c', 'd'],
      ] as const;
      const events = pairs.map(([source, id]) => ({ specversion: '1.0', id, source, type: 'a' }));
      expect((await ask(handler, events, { 'content-type': 'application/cloudevents-batch+json' })).report.accepted).to.equal(4);
    });

    it('an id in use, and returns a new id for a CloudEvent with another source', async () => {
      const { handler, sink, shutdown } = endpoint();
      const asBatch = { 'content-type': 'application/cloudevents-batch+json' };
      const long = `/${'x'.repeat(300)}`;
      const events = ['/a', '/b', long, `${long}y`].map((source) => ({ specversion: '1.0', id: '1', source, type: 'a' }));
      await ask(handler, { type: 'a', id: '2' });
      await ask(handler, events, asBatch);
      await ask(handler, [{ ...events[0], id: '2' }], asBatch);
      expect((await ask(handler, events, asBatch)).report).to.deep.equal(reportOf({ duplicates: 4 }));
      shutdown();
      const ids = sink.events.map(({ id }) => id);
      expect(ids.filter((id) => id.length < 20)).to.deep.equal(['2', '1', '/b#1', '/a#2']);
      expect([new Set(ids).size, Math.max(...ids.map(({ length }) => length))]).to.deep.equal([6, 256]);
    });

    it('an event of this library by its id, in every format', async () => {
      const { handler } = endpoint();
      const batch = createBatch([createEvent({ type: 'a' })], 1);
      const [asBatch, ...sources] = ['application/cloudevents-batch+json', '/a', '/b'];
      await ask(handler, batch);
      for (const source of sources) {
        const body = cloudEventsEncoder({ source }).encode(batch);
        expect((await ask(handler, body, { 'content-type': asBatch })).report).to.deep.equal(reportOf({ duplicates: 1 }));
      }
    });

    it('for a time, by its scheduler', async () => {
      const { collector } = testCollector();
      let now = 0;
      const scheduler = { now: () => now, schedule: () => expect.fail('no timer is needed') };
      const handler = ingestHandler({ collector, scheduler, dedupe: { windowMs: 100 }, limits: { readTimeoutMs: Infinity } });
      const accepted = async () => (await ask(handler, { id: '1', type: 'a' })).report.accepted;
      expect(await accepted()).to.equal(1);
      now = 99;
      expect(await accepted()).to.equal(0);
      now = 100;
      expect(await accepted()).to.equal(1);
    });

    it('nothing with `dedupe: false`', async () => {
      const { handler } = endpoint({ dedupe: false });
      await ask(handler, { id: '1', type: 'a' });
      expect((await ask(handler, { id: '1', type: 'a' })).report.accepted).to.equal(1);
    });
  });

  describe('corrects times', () => {
    const NOW = 1_700_000_000_000;
    const DAY = 86_400_000;

    /** Time and original time of each event. */
    async function timesOf(body: unknown, options: Partial<IngestOptions> = {}, headers: Readonly<Record<string, string>> = {}) {
      const { collector, sink, shutdown } = testCollector();
      const scheduler = { now: () => NOW, schedule: () => expect.fail('no timer is needed') };
      const handler = ingestHandler({ collector, scheduler, limits: { readTimeoutMs: Infinity }, ...options });
      const { report } = await ask(handler, body, headers);
      shutdown();
      expect(report.accepted).to.equal(sink.events.length);
      return sink.events.map(({ timestamp, metadata }) => [timestamp, metadata['originalTimestamp']]);
    }

    it('that are more than a day ahead, to the time of arrival', async () => {
      const times = [NOW + DAY + 1, 8.64e15, NOW + DAY, NOW, 0].map((timestamp) => ({ type: 'a', timestamp }));
      expect(await timesOf(times)).to.deep.equal([
        [NOW, NOW + DAY + 1],
        [NOW, 8.64e15],
        [NOW + DAY, undefined],
        [NOW, undefined],
        [0, undefined],
      ]);
      expect(await timesOf(times, { maxAheadMs: Infinity })).to.deep.equal(times.map(({ timestamp }) => [timestamp, undefined]));
      expect(await timesOf({ type: 'a', timestamp: NOW + 1 }, { maxAheadMs: 0 })).to.deep.equal([[NOW, NOW + 1]]);
    });

    it('by the difference between `sentAt` and the arrival', async () => {
      const sentAt = NOW - 3_600_000;
      const event = { type: 'a', timestamp: sentAt - 500 };
      const corrected = [[NOW - 500, sentAt - 500]];
      expect(await timesOf({ events: [event], sentAt })).to.deep.equal(corrected);
      expect(await timesOf({ events: [event], sentAt: new Date(sentAt) })).to.deep.equal(corrected);
      expect(await timesOf([{ ...event, sentAt }])).to.deep.equal(corrected);
      expect(await timesOf({ events: [{ ...event, sentAt }], sentAt: NOW })).to.deep.equal(corrected);
      const cloudEvent = {
        specversion: '1.0',
        id: '1',
        source: '/s',
        type: 'a',
        time: new Date(event.timestamp),
        sentat: new Date(sentAt),
      };
      expect(await timesOf(cloudEvent, {}, { 'content-type': 'application/cloudevents+json' })).to.deep.equal(corrected);
    });

    it('not by an invalid `sentAt`, or one that is wrong by decades', async () => {
      for (const sentAt of ['yesterday', -1, null, {}, 1e300, Infinity])
        expect(await timesOf([{ type: 'a', timestamp: 5, sentAt }])).to.deep.equal([[5, undefined]]);
      expect(await timesOf([{ type: 'a', timestamp: 5, sentAt: 0 }])).to.deep.equal([[NOW + 5, 5]]);
      expect(await timesOf([{ type: 'a', timestamp: 2 * DAY, sentAt: 0 }])).to.deep.equal([[NOW, 2 * DAY]]);
    });

    it('of any form, by any codec', async () => {
      const iso = '2023-11-14T22:13:20.5Z';
      expect(await timesOf({ type: 'a', timestamp: iso })).to.deep.equal([[NOW + 500, undefined]]);
      const decode = { name: 'Any', decode: t.success, validate: t.success } as unknown as IngestOptions['decode'];
      expect(await timesOf({ type: 'a', timestamp: iso }, { decode })).to.deep.equal([[NOW + 500, undefined]]);
      expect(await timesOf({ type: 'a', timestamp: '2100-01-01' }, { decode })).to.deep.equal([[NOW, Date.UTC(2100, 0)]]);
    });
  });

  it('refuses weights above 2^32, in any form', async () => {
    const { handler, sink, shutdown } = endpoint({ decode: { name: 'Any', decode: t.success, validate: t.success } as never });
    const weights = [2 ** 32, 2 ** 32 + 1, 1e308];
    const events = weights.map((weight, index) => ({ type: 'a', id: String(index), weight }));
    const { report } = await ask(handler, events);
    expect(report.invalid.map(({ faults }) => faults[0])).to.deep.equal(
      [1, 2].map(() => ({ path: 'weight', expected: 'number from 1 to 4294967296', got: 'a larger one' })),
    );
    const asBatch = { 'content-type': 'application/cloudevents-batch+json' };
    await ask(
      handler,
      events.map(({ id, weight }) => ({ specversion: '1.0', id: `c${id}`, source: '/s', type: 'a', weight: String(weight) })),
      asBatch,
    );
    shutdown();
    expect(sink.events.map(({ weight }) => weight)).to.deep.equal([2 ** 32, 2 ** 32, 1, 1]);
  });

  it('answers in the form that `parseResponse` of httpSink returns', async () => {
    const batch = createBatch([createEvent({ type: 'a' }), { ...createEvent({ type: 'b' }), timestamp: -1 }], 1);
    const { text } = await ask(endpoint().handler, batch);
    const failed = (JSON.parse(text) as IngestReport).invalid.map(({ index }) => batch.events[index]);
    expect(failed).to.deep.equal([batch.events[1]]);
  });

  it('needs only `collect` and `stats` of a collector', async () => {
    const { collector, sink, shutdown } = testCollector();
    const stamped: IngestOptions['collector'] = {
      collect: (event) => collector.collect({ ...event, sessionId: 'edge' }),
      stats: () => collector.stats(),
    };
    expect((await ask(ingestHandler({ collector: stamped }), { type: 'a' })).report).to.deep.equal(reportOf({ accepted: 1 }));
    shutdown();
    expect(sink.events.map(({ sessionId }) => sessionId)).to.deep.equal(['edge']);
  });

  it('throws for invalid options', () => {
    const { collector } = testCollector();
    const wrong: readonly [object | number | undefined, string][] = [
      [undefined, 'options'],
      [{ collector: {} }, 'collector'],
      [collector, 'options'],
      [5, 'options'],
      [{ collector: { collect: () => 'accepted' } }, 'collector'],
      [{ collector, authorize: true }, 'authorize'],
      [{ collector, authorise: () => false }, 'authorise'],
      [{ collector, path: 'events' }, 'path'],
      [{ collector, path: '/events?key=1' }, 'path'],
      [{ collector, decode: {} }, 'decode'],
      [{ collector, limits: 5 }, 'limits'],
      [{ collector, limits: null }, 'limits'],
      [{ collector, limits: { events: 0 } }, 'limits.events'],
      [{ collector, limits: { byte: 1 } }, 'limits.byte'],
      [{ collector, limits: { bodyBytes: 1.5 } }, 'limits.bodyBytes'],
      [{ collector, limits: { readTimeoutMs: 0 } }, 'limits.readTimeoutMs'],
      [{ collector, dedupe: true }, 'dedupe'],
      [{ collector, dedupe: { maxIds: 0 } }, 'dedupe.maxIds'],
      [{ collector, dedupe: { windowMs: -1 } }, 'dedupe.windowMs'],
      [{ collector, dedupe: { window: 1 } }, 'dedupe.window'],
      [{ collector, retryAfterMs: -1 }, 'retryAfterMs'],
      [{ collector, maxAheadMs: -1 }, 'maxAheadMs'],
      [{ collector, maxAheadMs: NaN }, 'maxAheadMs'],
      [{ collector, scheduler: {} }, 'scheduler'],
      [{ collector, cors: { origins: 'https://example.org' } }, 'cors.origins'],
      [{ collector, cors: { origins: ['https://example.org/'] } }, 'cors.origins.0'],
      [{ collector, cors: { origins: '*', credentials: true } }, 'cors.credentials'],
      [{ collector, cors: { origins: '*', maxAge: 1 } }, 'cors.maxAge'],
      [{ collector, cors: [] }, 'cors'],
    ];
    for (const [options, name] of wrong) expect(() => ingestHandler(options as IngestOptions), name).to.throw(TypeError, `\`${name}\``);
    expect(() => ingestHandler(collector as unknown as IngestOptions)).to.throw('Did you mean `ingestHandler({ collector })`?');
    expect(() => ingestHandler({ collector, dedup: false } as IngestOptions)).to.throw('Did you mean `dedupe`?');
  });
});
