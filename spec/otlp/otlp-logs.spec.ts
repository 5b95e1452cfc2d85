import { expect } from 'chai';
import fc from 'fast-check';
import { EventCollector } from '../../lib/collector/event-collector.js';
import { createBatch } from '../../lib/event/batch-of.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { httpSink } from '../../lib/http/http-sink.js';
import { otlpLogs, type OtlpLogsOptions } from '../../lib/otlp/otlp-logs.js';
import { anEvent } from '../support/an-event.js';
import { expectBalanced } from '../support/books.js';
import { HOSTILE_DATA, throwing } from '../support/hostile.js';
import { LoopbackServer, type Answer } from '../support/loopback-server.js';
import { attributeOf, decodeLogs, plain, recordsOf, type LogRecord, type LogsRequest } from '../support/otlp.js';

const url = 'http://localhost:4318/v1/logs';

describe('otlpLogs', () => {
  /** The request for these events, strictly decoded. */
  function requestOf(events: readonly AnalyticsEvent[], options: Partial<OtlpLogsOptions> = {}): LogsRequest {
    return decodeLogs(String(otlpLogs({ url, ...options }).encode.encode({ ...createBatch(events, 1), createdAt: 5_000 })));
  }

  function recordOf(patch: Partial<AnalyticsEvent>, options?: Partial<OtlpLogsOptions>): LogRecord {
    const [record = {}] = recordsOf(requestOf([anEvent(patch)], options));
    return record;
  }

  const attributesOf = (record: LogRecord): Readonly<Record<string, unknown>> =>
    Object.fromEntries((record.attributes ?? []).map(({ key = '', value }) => [key, plain(value)]));

  describe('writes', () => {
    it('a record by the conventions of OpenTelemetry', () => {
      const record = recordOf({
        timestamp: 1_700_000_000_123,
        data: { total: 9.5, items: [{ sku: 'a', count: 2 }] },
        metadata: { os: 'linux', timezoneOffset: -60, tags: ['a'] },
        weight: 2.5,
      });
      const { body, attributes, ...fields } = record;
      expect(fields).to.deep.equal({
        timeUnixNano: '1700000000123000000',
        observedTimeUnixNano: '1700000000123000000',
        eventName: 'feature_used',
      });
      expect(plain(body)).to.deep.equal({ total: 9.5, items: [{ sku: 'a', count: 2 }] });
      expect(attributesOf({ attributes: attributes ?? [] })).to.deep.equal({
        'log.record.uid': '00000000-0000-7000-8000-000000000001',
        'session.id': 'session',
        'rx_event_collector.category': 'usage',
        'rx_event_collector.priority': 'normal',
        'rx_event_collector.weight': 2.5,
        'sampler.adjusted_count': 2.5,
        os: 'linux',
        timezoneOffset: -60,
        tags: ['a'],
      });
    });

    it('the session before, for the start of a session only', () => {
      const previousOf = (patch: Partial<AnalyticsEvent>): unknown =>
        plain(attributeOf(recordOf({ metadata: { 'session.previous_id': 'other' }, ...patch }), 'session.previous_id'));
      expect(previousOf({ type: 'session_started', data: { previousId: 'before' } })).to.equal('before');
      expect(previousOf({ type: 'feature_used', data: { previousId: 'before' } })).to.equal(null);
      for (const data of [undefined, null, 'before', [], {}, { previousId: '' }, { previousId: 1 }])
        expect(previousOf({ type: 'session_started', data })).to.equal(null);
    });

    it('the severity of error events only', () => {
      const data = { severity: 'critical', message: 'gone' };
      expect(recordOf({ category: 'error', data })).to.deep.include({ severityNumber: 21, severityText: 'critical' });
      expect(recordOf({ category: 'usage', data })).to.not.have.any.keys('severityNumber', 'severityText');
    });

    it('a trace context from metadata, and none if it is broken', () => {
      const traceId = '5b8efff798038103d269b633813fc60c';
      const spanId = 'eee19b7ec3c1b174';
      const record = recordOf({ metadata: { traceId, spanId, traceFlags: 1 } });
      expect(record).to.deep.include({ flags: 1, traceId: Buffer.from(traceId, 'hex').toString('base64') });
      expect(record).to.deep.include({ spanId: Buffer.from(spanId, 'hex').toString('base64') });
      expect(attributesOf(record)).to.not.have.any.keys('traceId', 'spanId', 'traceFlags');
      const broken = recordOf({ metadata: { traceId: 'x', spanId, traceFlags: 1, os: 'linux' } });
      expect(broken).to.not.have.any.keys('flags', 'traceId', 'spanId');
      expect(attributesOf(broken)).to.include({ os: 'linux' }).and.not.have.any.keys('traceId', 'spanId', 'traceFlags');
    });

    it("the user's ids", () => {
      expect(attributesOf(recordOf({ metadata: { userId: 'ada', anonymousId: 'v-1' } })))
        .to.include({ 'user.id': 'ada', 'enduser.pseudo.id': 'v-1' })
        .and.not.have.any.keys('userId', 'anonymousId');
      const user = ({ data }: AnalyticsEvent): { userId: string } => ({ userId: String((data as { account: number }).account) });
      expect(attributesOf(recordOf({ data: { account: 7 }, metadata: { userId: 'ada' } }, { user }))).to.include({
        'user.id': '7',
        userId: 'ada',
      });
      // Invalid ids, and names that metadata has already.
      const record = recordOf({ metadata: { userId: '', anonymousId: 'v-1', 'enduser.pseudo.id': 'v-2' } });
      expect(attributesOf(record)).to.include({ 'enduser.pseudo.id': 'v-2' }).and.not.have.any.keys('user.id', 'anonymousId');
      expect(attributesOf(recordOf({}, { user: () => undefined }))).to.not.have.any.keys('user.id');
    });

    it('the count of metadata that attributes cannot hold', () => {
      const record = recordOf({ metadata: { '': 1, 'session.id': 'other', os: 'linux' } });
      expect(record).to.include({ droppedAttributesCount: 2 });
      expect(attributesOf(record)).to.include({ 'session.id': 'session', os: 'linux' });
    });

    it('the time at which the batch was cut as observed, if OTLP cannot hold the time of the event', () => {
      expect(recordOf({ timestamp: 8.64e15 }))
        .to.include({ observedTimeUnixNano: '5000000000' })
        .and.not.have.any.keys('timeUnixNano');
    });

    it('no body for an event without data, and an empty one for null', () => {
      expect(recordOf({ data: undefined })).to.not.have.any.keys('body');
      expect(recordOf({ data: null })).to.deep.include({ body: {} });
    });

    it('changing metadata, and metadata of consecutive events, correctly', () => {
      const shared = Object.freeze({ os: 'linux' });
      const changing = { n: 1 };
      const { encode } = otlpLogs({ url });
      const seen = (...metadata: readonly AnalyticsEvent['metadata'][]): unknown[] =>
        recordsOf(
          decodeLogs(
            String(
              encode.encode(
                createBatch(
                  metadata.map((each) => anEvent({ metadata: each })),
                  1,
                ),
              ),
            ),
          ),
        )
          .map(attributesOf)
          .map(({ n, os }) => n ?? os);
      expect(seen(shared, shared, shared, changing, changing)).to.deep.equal(['linux', 'linux', 'linux', 1, 1]);
      changing.n = 2;
      expect(seen(changing, changing, shared)).to.deep.equal([2, 2, 'linux']);
    });

    it('bytes whose text is that of the request, also if a getter of an event encodes another batch meanwhile', () => {
      const { encode } = otlpLogs({ url });
      encode.encode(createBatch([anEvent()], 1));
      const inner: unknown[] = [];
      const data = {
        get nested() {
          inner.push(decodeLogs(String(encode.encode(createBatch([anEvent({ type: 'inner' })], 2)))));
          return 'x'.repeat(10_000);
        },
      };
      const bytes = encode.encode(createBatch([anEvent({ type: 'first' }), anEvent({ type: 'outer', data })], 1));
      expect(bytes).to.be.instanceOf(Uint8Array);
      expect(new TextDecoder().decode(bytes as Uint8Array)).to.equal(String(bytes));
      expect(recordsOf(decodeLogs(String(bytes))).map(({ eventName }) => eventName)).to.deep.equal(['first', 'outer']);
      expect(recordsOf(inner[0] as LogsRequest).map(({ eventName }) => eventName)).to.deep.equal(['inner']);
    });

    it('resource and scope', () => {
      const [first] = requestOf([anEvent()]).resourceLogs;
      expect(first?.resource).to.deep.equal({ attributes: [{ key: 'service.name', value: { stringValue: 'unknown_service' } }] });
      expect(first?.scopeLogs[0]?.scope).to.deep.equal({ name: 'rx-event-collector' });
      const [second] = requestOf([anEvent()], {
        resource: { 'service.name': 'shop', 'process.pid': 17, 'host.name': undefined, 'a\ud800': 1, 'a\ud801': 2 },
        scope: { name: 'own', version: '1', attributes: { team: 'x' } },
      }).resourceLogs;
      expect(second?.resource.attributes).to.deep.equal([
        { key: 'service.name', value: { stringValue: 'shop' } },
        { key: 'process.pid', value: { intValue: '17' } },
        { key: 'a\ufffd', value: { intValue: '2' } },
      ]);
      expect(second?.scopeLogs[0]?.scope).to.deep.equal({
        name: 'own',
        version: '1',
        attributes: [{ key: 'team', value: { stringValue: 'x' } }],
      });
    });

    it('requests that a strict decoder accepts, for any content of events', () => {
      const anything = fc.anything({
        withBigInt: true,
        withDate: true,
        withMap: true,
        withSet: true,
        withTypedArray: true,
        withSparseArray: true,
        withNullPrototype: true,
        stringUnit: 'binary',
        maxDepth: 6,
      });
      const anEventOf = fc.record({
        data: anything,
        metadata: fc.dictionary(fc.string({ unit: 'binary' }), anything),
        timestamp: fc.double(),
      });
      fc.assert(
        fc.property(fc.array(anEventOf, { minLength: 1, maxLength: 5 }), (patches) => {
          const records = recordsOf(requestOf(patches.map((patch) => anEvent(patch))));
          expect(records).to.have.length(patches.length);
        }),
      );
    });
  });

  describe('with httpSink', () => {
    let server: LoopbackServer;
    let answer: Answer;

    beforeEach(async () => {
      answer = ok;
      server = await LoopbackServer.start((received, response) => {
        answer(received, response);
      });
    });
    afterEach(() => server.stop());

    const ok: Answer = (_received, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    const answering =
      (status: number, body = '', headers = {}): Answer =>
      (_received, response) =>
        response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);

    const aCollector = (): EventCollector =>
      new EventCollector({
        sinks: [httpSink({ ...otlpLogs({ url: server.url, headers: { 'x-api-key': '1234' } }) })],
        lane: { retry: { baseDelayMs: 1, jitter: 'none' } },
      });

    const idsOf = ({ body }: { readonly body: string }): readonly unknown[] =>
      recordsOf(decodeLogs(body)).map((record) => plain(attributeOf(record, 'log.record.uid')));

    it('adds the path of OTLP to an origin alone', () => {
      const urls = ['http://localhost:4318', 'http://localhost:4318/', new URL('https://otel.example.org')].map(
        (each) => otlpLogs({ url: each }).url,
      );
      expect(urls).to.deep.equal(['http://localhost:4318/v1/logs', 'http://localhost:4318/v1/logs', 'https://otel.example.org/v1/logs']);
      for (const each of ['https://example.org/otlp', 'https://example.org/?key=1', '/v1/logs'])
        expect(otlpLogs({ url: each }).url).to.equal(each);
    });

    it('sends the headers', async () => {
      const collector = aCollector();
      collector.collect({ type: 'a' });
      await collector.shutdown();
      expect(server.requests[0]?.headers).to.include({ 'x-api-key': '1234', 'content-type': 'application/json' });
    });

    it('counts a partial success exactly, and sends nothing again', async () => {
      answer = answering(200, '{"partialSuccess":{"rejectedLogRecords":"2","errorMessage":"too old"}}');
      const collector = aCollector();
      const letters: string[] = [];
      collector.deadLetters$.subscribe(({ batch, error }) => letters.push(`${String(batch.events.length)} ${error.code} ${error.message}`));
      collector.collectBatch(Array.from({ length: 5 }, () => ({ type: 'a' })));
      await collector.shutdown();
      expect(collector.stats().sinks['otlp']).to.deep.include({ offered: 5, delivered: 3, failed: 2, attempts: 1 });
      expect(letters).to.deep.equal(['2 OTLP_PARTIAL_SUCCESS The receiver refused 2 of 5 log records: too old']);
      expectBalanced(collector);
    });

    for (const status of [429, 502, 503, 504]) {
      it(`sends the batch again after ${String(status)}, and Retry-After`, async () => {
        answer = (received, response) => {
          answer = ok;
          answering(status, '', { 'retry-after': '0' })(received, response);
        };
        const collector = aCollector();
        collector.collect({ type: 'a' });
        await collector.shutdown();
        expect(collector.stats().sinks['otlp']).to.deep.include({ delivered: 1, attempts: 2 });
      });
    }

    for (const status of [401, 404, 408, 500, 501]) {
      it(`does not send the batch again after ${String(status)}`, async () => {
        answer = answering(status);
        const collector = aCollector();
        collector.collect({ type: 'a' });
        await collector.shutdown();
        expect(collector.stats().sinks['otlp']).to.deep.include({ failed: 1, attempts: 1 });
      });
    }

    it('finds the record that a receiver refuses with 400', async () => {
      answer = (received, response) => {
        const bad = recordsOf(decodeLogs(received.body)).some(({ eventName }) => eventName === 'bad');
        (bad ? answering(400, '{"message":"bad"}') : ok)(received, response);
      };
      const collector = aCollector();
      collector.collectBatch(['a', 'b', 'bad', 'c', 'd'].map((type) => ({ type })));
      await collector.shutdown();
      expect(collector.stats().sinks['otlp']).to.deep.include({ delivered: 4, failed: 1 });
    });

    it('fails events that cannot be read alone', async () => {
      const accepted: unknown[] = [];
      answer = (received, response) => {
        accepted.push(...idsOf(received));
        ok(received, response);
      };
      const collector = aCollector();
      const failed: string[] = [];
      collector.deadLetters$.subscribe(({ batch }) => failed.push(...batch.events.map(({ id }) => id)));
      const hostile = [...HOSTILE_DATA.map(({ name, make }) => ({ name, data: make() })), { name: 'a trap', data: throwing(new Error()) }];
      for (const { name, data } of hostile) {
        collector.collect({ type: 'hostile', id: name, data });
        collector.collect({ type: 'good', id: `good beside ${name}` });
      }
      await collector.shutdown();
      const isUnreadable = ({ name }: { readonly name: string }): boolean =>
        /throws|forbids|revoked|unfolds|100,000 levels|trap/.test(name);
      const names = hostile.map(({ name }) => name);
      const unreadable = hostile.filter(isUnreadable).map(({ name }) => name);
      // Longer than a request may be.
      const tooLong = ['a huge string'];
      expect(failed).to.have.members([...unreadable, ...tooLong]);
      expect(accepted).to.have.members([...names.map((name) => `good beside ${name}`), ...names.filter((name) => !failed.includes(name))]);
      expectBalanced(collector);
    });
  });

  it('throws for invalid and unknown options', () => {
    expect(() => otlpLogs({ url, scop: {} } as never)).to.throw(TypeError, 'Unknown option `scop`. Did you mean `scope`?');
    expect(() => otlpLogs({ url, scope: { nam: 'x' } } as never)).to.throw(
      TypeError,
      'Unknown option `scope.nam`. Did you mean `scope.name`?',
    );
    expect(() => otlpLogs({ url, resource: { '': 1 } })).to.throw(
      TypeError,
      'Expected `resource` to be an object whose keys are non-empty',
    );
    expect(() => otlpLogs({ url, resource: [] as never })).to.throw(TypeError, '`resource`');
    expect(() => otlpLogs({ url, user: 'ada' as never })).to.throw(TypeError, '`user`');
    expect(() => otlpLogs({} as never)).to.throw(TypeError, '`url`');
    expect(() => httpSink({ ...otlpLogs({ url: 'ftp://example.org' }) })).to.throw(TypeError, '`url`');
  });
});
