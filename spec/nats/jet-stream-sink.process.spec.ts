import { jetstream, jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import type { MsgHdrs, NatsConnection } from '@nats-io/transport-node';
import { expect } from 'chai';
import { from, lastValueFrom } from 'rxjs';
import { EventCollector } from '../../lib/collector/event-collector.js';
import { isSinkError, SinkError } from '../../lib/errors/sink-error.js';
import { createBatch } from '../../lib/event/batch-of.js';
import { eventJson } from '../../lib/event/event-json.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { jetStreamSink, type JetStreamPublisher, type NatsClient } from '../../lib/nats/index.js';
import type { EventSink } from '../../lib/sink/sink.js';
import { describeSinkContract } from '../../lib/testing/describe-sink-contract.js';
import { anEvent } from '../support/an-event.js';
import { expectBalanced } from '../support/books.js';
import { NatsServer } from '../support/nats-server.js';
import { until } from '../support/until.js';

describe('jetStreamSink, with a real server', function () {
  this.timeout(60_000);
  let server: NatsServer;
  let connection: NatsConnection;
  let manager: JetStreamManager;
  let streams = 0;
  let contractStream = '';

  before(async function () {
    server = await NatsServer.start(this);
    connection = await server.connect();
    manager = await jetstreamManager(connection);
  });

  after(() => NatsServer.removeAll());

  /** Creates a stream with a subject of its own, in memory. */
  async function aStream(config: object = {}): Promise<string> {
    streams += 1;
    const name = `stream${String(streams)}`;
    await manager.streams.add({ name, subjects: [name, `${name}.>`], storage: 'memory', ...config });
    return name;
  }

  async function stored(name: string): Promise<AnalyticsEvent[]> {
    const { state } = await manager.streams.info(name);
    const events: AnalyticsEvent[] = [];
    for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) {
      const message = await manager.streams.getMessage(name, { seq });
      if (message !== null) events.push(message.json<AnalyticsEvent>());
    }
    return events;
  }

  it('publishes each event of a batch once', async () => {
    const name = await aStream();
    const collector = new EventCollector({ sinks: [jetStreamSink({ connection, subject: ({ type }) => `${name}.${type}` })] });
    collector.collect({ type: 'feature_used', data: { feature: 'search' } });
    collector.collect({ type: 'session_started' });
    await collector.shutdown();
    expectBalanced(collector);
    expect((await stored(name)).map(({ type }) => type)).to.deep.equal(['feature_used', 'session_started']);
    expect(collector.stats().sinks.jetstream?.delivered).to.equal(2);
  });

  /** One attempt. */
  async function attempt(sink: EventSink, events: readonly AnalyticsEvent[]): Promise<SinkError | undefined> {
    const context = { attempt: 1, signal: new AbortController().signal };
    try {
      await lastValueFrom(from(sink.process(createBatch(events, 1), context) ?? []), { defaultValue: undefined });
      return undefined;
    } catch (error) {
      if (!isSinkError(error)) throw error;
      return error;
    } finally {
      sink.close?.();
    }
  }

  /** The error of a failed attempt. */
  const failureOf = async (sink: EventSink, events: readonly AnalyticsEvent[]): Promise<object> => {
    const { kind, code, retryable, failed } = (await attempt(sink, events)) ?? {};
    return { kind, code, retryable, failed: failed?.map((event) => (event as AnalyticsEvent).id) };
  };

  const [a, b, c] = ['a', 'b', 'c'].map((id) => anEvent({ id })) as [AnalyticsEvent, AnalyticsEvent, AnalyticsEvent];

  it('recognises events by their ids, with any characters', async () => {
    const name = await aStream();
    const ids = [
      'a',
      'a ',
      ' a',
      'a\n',
      'a\r\nNats-Expected-Stream: no',
      '%u0020',
      '\0',
      'é',
      '\ud800',
      '\ud801',
      'é'.repeat(5_000),
      'ê'.repeat(5_000),
    ];
    const events = ids.map((id, index) => anEvent({ id, data: index }));
    for (let count = 0; count < 2; count += 1) {
      expect(await attempt(jetStreamSink({ connection, subject: name }), events)).to.equal(undefined);
    }
    expect((await stored(name)).map(({ data }) => data)).to.have.members(ids.map((_, index) => index));
  });

  it('fails an event alone that is longer than the server accepts', async () => {
    const name = await aStream();
    const long = anEvent({ id: 'long', data: 'x'.repeat(connection.info?.max_payload ?? 0) });
    const failure = await failureOf(jetStreamSink({ connection, subject: name, stream: name }), [a, long, b]);
    expect(failure).to.deep.equal({ kind: 'too_large', code: 'NATS_MAX_PAYLOAD', retryable: false, failed: ['long'] });
    expect((await stored(name)).map(({ id }) => id)).to.deep.equal(['a', 'b']);
  });

  it('measures the longest message exactly', async () => {
    const name = await aStream();
    const overhead = `NATS/1.0\r\nNats-Expected-Stream: ${name}\r\nNats-Msg-Id: fits\r\n\r\n`.length;
    const room = (connection.info?.max_payload ?? 0) - overhead - eventJson(anEvent({ id: 'fits', data: '' })).length;
    const sink = (): EventSink => jetStreamSink({ connection, subject: name, stream: name });
    const fits = anEvent({ id: 'fits', data: `${'é'.repeat(room >> 1)}${'x'.repeat(room % 2)}` });
    expect(await attempt(sink(), [fits])).to.equal(undefined);
    expect((await attempt(sink(), [{ ...fits, data: `${String(fits.data)}x` }]))?.code).to.equal('NATS_MAX_PAYLOAD');
  });

  it('fails an event alone that is longer than the stream accepts', async () => {
    const name = await aStream({ max_msg_size: 1_000 });
    const failure = await failureOf(jetStreamSink({ connection, subject: name }), [a, { ...b, data: 'x'.repeat(1_000) }, c]);
    expect(failure).to.deep.equal({ kind: 'too_large', code: 'NATS_10054', retryable: false, failed: ['b'] });
    expect((await stored(name)).map(({ id }) => id)).to.deep.equal(['a', 'c']);
  });

  const BAD_SUBJECTS: Readonly<Record<string, unknown>> = {
    'a space': 'a b',
    'a line break': 'a\r\nPUB x 0',
    'a wildcard': 'a.*',
    'all below': 'a.>',
    'an empty token': 'a..b',
    'no text': 7,
    'a subject of the server': '$JS.API.STREAM.PURGE.x',
    'more than a protocol line': 'x'.repeat(5_000),
  };
  for (const [what, subject] of Object.entries(BAD_SUBJECTS)) {
    it(`fails an event alone whose subject is or has ${what}`, async () => {
      const name = await aStream();
      const subjectOf = ({ id }: AnalyticsEvent): string => (id === 'b' ? (subject as string) : name);
      const failure = await failureOf(jetStreamSink({ connection, subject: subjectOf }), [a, b, c]);
      expect(failure).to.deep.equal({ kind: 'rejected', code: 'NATS_INVALID_SUBJECT', retryable: false, failed: ['b'] });
      expect((await stored(name)).map(({ id }) => id)).to.deep.equal(['a', 'c']);
      expect(() => jetStreamSink({ connection, subject: subject as string })).to.throw(TypeError, 'a NATS subject');
    });
  }

  it('refuses events whose subject belongs to another stream, with `stream`', async () => {
    const name = await aStream();
    const failure = await failureOf(jetStreamSink({ connection, subject: name, stream: 'other' }), [a]);
    expect(failure).to.deep.equal({ kind: 'rejected', code: 'NATS_10060', retryable: false, failed: ['a'] });
  });

  it('tries again while no stream has the subject', async () => {
    const collector = new EventCollector({
      sinks: [jetStreamSink({ connection, subject: 'later' })],
      lane: { retry: { baseDelayMs: 10, maxDelayMs: 10 }, breaker: false },
    });
    const codes = errorsOf(collector);
    collector.collect({ type: 'feature_used' });
    const flushed = collector.flush();
    await until(() => codes.length > 0);
    expect(codes[0]).to.equal('unavailable NATS_NO_STREAM');
    await manager.streams.add({ name: 'later', storage: 'memory' });
    await flushed;
    expect(await stored('later')).to.have.length(1);
    await collector.shutdown();
    expectBalanced(collector);
  });

  it('tries again while the stream is full, with the events that it did not store', async () => {
    const name = await aStream({ max_msgs: 2, discard: 'new' });
    const failure = await failureOf(jetStreamSink({ connection, subject: name }), [a, b, c]);
    expect(failure).to.deep.equal({ kind: 'unavailable', code: 'NATS_10077', retryable: true, failed: ['c'] });
    const collector = new EventCollector({
      sinks: [jetStreamSink({ connection, subject: name })],
      lane: { retry: { baseDelayMs: 10, maxDelayMs: 10 }, breaker: false },
    });
    const codes = errorsOf(collector);
    collector.collect({ type: 'feature_used', id: 'd' });
    const flushed = collector.flush();
    await until(() => codes.length > 0);
    await manager.streams.purge(name);
    await flushed;
    expect((await stored(name)).map(({ id }) => id)).to.deep.equal(['d']);
    await collector.shutdown();
    expectBalanced(collector);
  });

  it('ignores an answer that is not an acknowledgement', async () => {
    const replies = connection.subscribe('answered', { callback: (_error, message) => void message.respond('hello') });
    const failure = await failureOf(jetStreamSink({ connection, subject: 'answered' }), [a]);
    replies.unsubscribe();
    expect(failure).to.deep.include({ kind: 'write_failed', code: 'NATS_NO_ACKNOWLEDGEMENT', retryable: true });
  });

  it('passes headers of which the client calls `encode`, and nothing else', async () => {
    const name = await aStream();
    const read = new Set<string | symbol>();
    const watched = (headers: object): object =>
      new Proxy(headers, {
        get: (target, key) => {
          read.add(key);
          return Reflect.get(target, key) as unknown;
        },
      });
    const publish: NatsClient['publish'] = (subject, payload, { headers = {}, reply = '' } = {}) => {
      connection.publish(subject, payload, { headers: watched(headers) as MsgHdrs, reply });
    };
    const spied = Object.create(connection, { publish: { value: publish } }) as NatsClient;
    expect(await attempt(jetStreamSink({ connection: spied, subject: name, stream: name }), [a])).to.equal(undefined);
    expect([...read]).to.deep.equal(['encode']);
    const message = await manager.streams.getMessage(name, { seq: 1 });
    expect(message?.header.get('Nats-Msg-Id')).to.equal('a');
  });

  it('leaves the connection open when it is closed', async () => {
    const name = await aStream();
    const sink = jetStreamSink({ connection, subject: name });
    await attempt(sink, [a]);
    expect(connection.isClosed()).to.equal(false);
    expect(() => sink.process(createBatch([b], 1), { attempt: 1, signal: new AbortController().signal })).to.throw(SinkError, 'closed');
  });

  it('needs a connection or a JetStream client', () => {
    const wrong = { subject: 'a' };
    expect(() => jetStreamSink(wrong)).to.throw(TypeError, 'Expected either `connection` or `js`, got neither');
    expect(() => jetStreamSink({ ...wrong, connection, js: jetstream(connection) })).to.throw(TypeError, 'got both');
    expect(() => jetStreamSink({ ...wrong, connection: jetstream(connection) as never })).to.throw(TypeError, 'a NATS connection');
    expect(() => jetStreamSink({ ...wrong, js: connection as never })).to.throw(TypeError, 'a JetStream client');
    expect(() => jetStreamSink({ ...wrong, js: manager as never })).to.throw(TypeError, 'a JetStream client');
  });

  it('publishes by the connection of a JetStream client', async () => {
    const name = await aStream();
    const js = jetstream(connection);
    js.publish = () => Promise.reject(new Error('not by this'));
    expect(await attempt(jetStreamSink({ js, subject: name }), [a, b])).to.equal(undefined);
    expect((await stored(name)).map(({ id }) => id)).to.deep.equal(['a', 'b']);
  });

  describe('with a JetStream client that does not show its connection', () => {
    const clientOf = (nats: NatsConnection): JetStreamPublisher => {
      const js = jetstream(nats, { timeout: 500 });
      return { publish: (subject, payload, options) => js.publish(subject, payload, options as object) };
    };

    it('publishes each event once', async () => {
      const name = await aStream();
      const sink = (): EventSink => jetStreamSink({ js: clientOf(connection), subject: name, stream: name });
      for (let count = 0; count < 2; count += 1) expect(await attempt(sink(), [a, b])).to.equal(undefined);
      expect((await stored(name)).map(({ id }) => id)).to.deep.equal(['a', 'b']);
    });

    it('fails an event alone that is longer than the server accepts', async () => {
      const name = await aStream();
      const long = anEvent({ id: 'long', data: 'x'.repeat(connection.info?.max_payload ?? 0) });
      const failure = await failureOf(jetStreamSink({ js: clientOf(connection), subject: name }), [a, long, b]);
      expect(failure).to.deep.equal({ kind: 'too_large', code: 'NATS_MAX_PAYLOAD', retryable: false, failed: ['long'] });
      expect((await stored(name)).map(({ id }) => id)).to.deep.equal(['a', 'b']);
    });

    it('names the events that a full stream refuses', async () => {
      const name = await aStream({ max_msgs: 2, discard: 'new' });
      const failure = await failureOf(jetStreamSink({ js: clientOf(connection), subject: name }), [a, b, c]);
      expect(failure).to.deep.equal({ kind: 'unavailable', code: 'NATS_10077', retryable: true, failed: ['c'] });
    });

    const UNAVAILABLE: Readonly<Record<string, readonly [code: string, subject: string, end?: 'close' | 'drain']>> = {
      'no stream has the subject': ['NATS_NO_STREAM', 'no.stream.has.this'],
      'the connection is closed': ['NATS_CLOSED', 'a', 'close'],
      'the connection is drained': ['NATS_DRAINING', 'a', 'drain'],
    };
    for (const [what, [code, subject, end]] of Object.entries(UNAVAILABLE)) {
      it(`is unavailable if ${what}`, async () => {
        const other = await server.connect();
        const sink = jetStreamSink({ js: clientOf(other), subject });
        const ended = end && other[end]();
        const failure = await failureOf(sink, [a]);
        await ended;
        await other.close();
        expect(failure).to.deep.equal({ kind: 'unavailable', code, retryable: true, failed: ['a'] });
      });
    }

    it('times out without an answer, and fails for an answer that is not an acknowledgement', async () => {
      const silent = connection.subscribe('silent', { callback: () => undefined });
      const timedOut = await failureOf(jetStreamSink({ js: clientOf(connection), subject: 'silent' }), [a]);
      silent.unsubscribe();
      expect(timedOut).to.deep.include({ kind: 'timeout', code: 'NATS_TIMEOUT', retryable: true });
      const replies = connection.subscribe('answered', { callback: (_error, message) => void message.respond('hello') });
      const failure = await failureOf(jetStreamSink({ js: clientOf(connection), subject: 'answered' }), [a]);
      replies.unsubscribe();
      expect(failure).to.deep.include({ kind: 'write_failed', code: 'NATS_NO_ACKNOWLEDGEMENT', retryable: true });
    });

    it('fails if the client throws', async () => {
      const js = {
        publish: () => {
          throw new RangeError('no');
        },
      };
      const failure = await failureOf(jetStreamSink({ js, subject: 'a' }), [a]);
      expect(failure).to.deep.include({ kind: 'write_failed', code: 'NATS_NOT_PUBLISHED', retryable: true });
    });
  });

  describeSinkContract('jetStreamSink', {
    create: async () => {
      contractStream = await aStream();
      return jetStreamSink({ connection, subject: contractStream });
    },
    received: async () => (await stored(contractStream)).map(({ id }) => id),
    failing: async () => {
      const closed = await server.connect();
      const sink = jetStreamSink({ connection: closed, subject: 'anything' });
      await closed.close();
      return sink;
    },
  });
});

/** The failed attempts, as they are reported. */
function errorsOf(collector: EventCollector): string[] {
  const errors: string[] = [];
  collector.diagnostics$.subscribe((diagnostic) => {
    if (diagnostic.type === 'sink_error') errors.push(`${diagnostic.error.kind} ${diagnostic.error.code}`);
  });
  return errors;
}
