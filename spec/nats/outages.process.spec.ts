import { setTimeout } from 'node:timers/promises';
import { jetstream, jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { expect } from 'chai';
import { from, lastValueFrom } from 'rxjs';
import { EventCollector } from '../../lib/collector/event-collector.js';
import { isSinkError, type SinkError } from '../../lib/errors/sink-error.js';
import { createBatch } from '../../lib/event/batch-of.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { fromJetStream, jetStreamSink, type JetStreamResult, type JetStreamSinkOptions } from '../../lib/nats/index.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import { anEvent } from '../support/an-event.js';
import { expectBalanced } from '../support/books.js';
import { NatsServer } from '../support/nats-server.js';
import { until } from '../support/until.js';

/** Users with different rights, and their passwords. */
const usersConfig = (password: string): string => `
  authorization {
    users = [
      { user: admin, password: ${password} }
      { user: reader, password: ${password}, permissions: { publish: { deny: "events.secret" } } }
      { user: caged, password: ${password}, permissions: { subscribe: "_OWN.>" } }
    ]
  }`;

/** `STOPPED_MS=30000 npx mocha spec/nats/outages.process.spec.ts` stops the server for as long. */
const STOPPED_MS = Number(process.env.STOPPED_MS ?? 4_000);

const LANE = { timeoutMs: 300, retry: { baseDelayMs: 10, maxDelayMs: 50 }, breaker: false } as const;

describe('outages of a real nats-server', function () {
  this.timeout(60_000);
  let server: NatsServer;

  async function start(context: Mocha.Context, config?: string): Promise<void> {
    server = await NatsServer.start(context, config);
  }

  async function aManager(options?: Parameters<NatsServer['connect']>[0]): Promise<JetStreamManager> {
    const manager = await jetstreamManager(await server.connect(options));
    await manager.streams.add({ name: 'events', subjects: ['events.>'] });
    return manager;
  }

  afterEach(() => NatsServer.removeAll());

  /** The failure of one attempt. */
  async function failureOf(options: JetStreamSinkOptions, events: readonly AnalyticsEvent[]): Promise<SinkError | undefined> {
    const sink = jetStreamSink(options);
    try {
      const answer = sink.process(createBatch(events, 1), { attempt: 1, signal: new AbortController().signal });
      await lastValueFrom(from(answer ?? []), { defaultValue: undefined });
      return undefined;
    } catch (error) {
      if (!isSinkError(error)) throw error;
      return error;
    } finally {
      sink.close?.();
    }
  }

  describe('credentials', () => {
    it('fails events whose subject the user may not publish to', async function () {
      await start(this, usersConfig('first'));
      await aManager({ user: 'admin', pass: 'first' });
      const connection = await server.connect({ user: 'reader', pass: 'first' });
      const subject = ({ id }: AnalyticsEvent): string => `events.${id}`;
      const error = await failureOf({ connection, subject }, [anEvent({ id: 'open' }), anEvent({ id: 'secret' })]);
      expect(error).to.deep.include({ kind: 'rejected', code: 'NATS_NOT_PERMITTED' });
      expect(error?.failed?.map((event) => (event as AnalyticsEvent).id)).to.deep.equal(['secret']);
    });

    it('names `inboxPrefix` if the user may not receive acknowledgements', async function () {
      await start(this, usersConfig('first'));
      await aManager({ user: 'admin', pass: 'first' });
      const connection = await server.connect({ user: 'caged', pass: 'first' });
      const error = await failureOf({ connection, subject: 'events.a' }, [anEvent()]);
      expect(error).to.deep.include({ kind: 'rejected', code: 'NATS_NO_ANSWERS' });
      expect(error?.message).to.contain('inboxPrefix');
      expect(await failureOf({ connection, subject: 'events.a', inboxPrefix: '_OWN' }, [anEvent()])).to.equal(undefined);
    });

    it('waits for the end of the connection once, however often an inbox is refused', async function () {
      await start(this, usersConfig('first'));
      const connection = await server.connect({ user: 'caged', pass: 'first' });
      let count = 0;
      const closed = (): ReturnType<NatsConnection['closed']> => {
        count += 1;
        return connection.closed();
      };
      const sink = jetStreamSink({
        connection: Object.create(connection, { closed: { value: closed } }) as NatsConnection,
        subject: 'events.a',
      });
      for (let attempt = 1; attempt <= 3; attempt += 1) {
        const answer = sink.process(createBatch([anEvent()], 1), { attempt, signal: new AbortController().signal });
        const error: unknown = await lastValueFrom(from(answer ?? [])).catch((thrown: unknown) => thrown);
        expect(error).to.have.property('code', 'NATS_NO_ANSWERS');
      }
      expect(count).to.equal(1);
    });

    it('reports that the connection is closed, and why, when they become invalid', async function () {
      await start(this, usersConfig('first'));
      const connection = await server.connect({ user: 'admin', pass: 'first' });
      await server.kill();
      await server.start(usersConfig('second'));
      await connection.closed();
      const error = await failureOf({ connection, subject: 'events.a' }, [anEvent()]);
      expect(error).to.deep.include({ kind: 'unavailable', code: 'NATS_CLOSED', retryable: true });
      expect(error?.message).to.contain('The NATS connection is closed, and stays closed');
    });
  });

  it('fails messages that are not acknowledged when the server ends, and those sent until it is back', async function () {
    await start(this);
    const manager = await aManager();
    const connection = await server.connect();
    const sink = jetStreamSink({ connection, subject: 'events.a' });
    const collector = new EventCollector({ sinks: [sink], lane: { ...LANE, timeoutMs: 30_000 } });
    const codes = errorsOf(collector);
    server.signal('SIGSTOP');
    collector.collect({ type: 'feature_used', id: 'a' });
    const flushed = collector.flush();
    await until(() => collector.stats().sinks.jetstream?.attempts === 1);
    await server.kill();
    await until(() => codes.length > 0);
    expect(codes[0]).to.equal('unavailable NATS_DISCONNECTED');
    await server.start();
    await flushed;
    expect(await stored(manager)).to.equal(1);
    await collector.shutdown();
    expectBalanced(collector);
  });

  it('stores each event once if the server is paused', async function () {
    await start(this);
    const manager = await aManager();
    const connection = await server.connect();
    const collector = new EventCollector({ sinks: [jetStreamSink({ connection, subject: 'events.a' })], lane: LANE });
    server.signal('SIGSTOP');
    for (let count = 0; count < 20; count += 1) collector.collect({ type: 'feature_used' });
    const flushed = collector.flush();
    // Each attempt is in the socket, and is read when the server continues.
    await until(() => (collector.stats().sinks.jetstream?.attempts ?? 0) >= 3);
    server.signal('SIGCONT');
    await flushed;
    expect(await stored(manager)).to.equal(20);
    await collector.shutdown();
    expectBalanced(collector);
  });

  it(`loses no event from one collector to the other while the server is stopped for ${String(STOPPED_MS / 1_000)} s`, async function () {
    this.timeout(60_000 + 2 * STOPPED_MS);
    await start(this);
    const manager = await aManager();
    // It passes several times: the events are delivered again, and must not be collected again.
    await manager.consumers.add('events', { durable_name: 'worker', ack_policy: 'explicit', ack_wait: 1e9 });
    // Both clients notice that the server doesn't answer, close the connection and try to open another one.
    const stale = { pingInterval: 300, maxPingOut: 2, timeout: 1_000 };
    const [sending, receiving] = await Promise.all([server.connect(stale), server.connect(stale)]);
    const producer = new EventCollector({
      sinks: [jetStreamSink({ connection: sending, subject: 'events.a' })],
      config: { batch: { maxCount: 10 } },
      lane: LANE,
    });
    const codes = errorsOf(producer);
    const sink = new MemorySink();
    const worker = new EventCollector({ sinks: [sink], config: { batch: { maxCount: 10, maxAgeMs: 5 } } });
    const consumer = await jetstream(receiving).consumers.get('events', 'worker');
    const subscription = fromJetStream({ consumer, collector: worker, maxInFlight: 20 }).subscribe();
    const ids = Array.from({ length: 300 }, (_, index) => `event-${String(index)}`);
    for (const id of ids.slice(0, 100)) producer.collect({ type: 'feature_used', id });
    // In the middle of both: some events are sent and not acknowledged, or received and not settled.
    await until(() => sink.events.length > 20);
    server.signal('SIGSTOP');
    for (const id of ids.slice(100, 200)) producer.collect({ type: 'feature_used', id });
    await Promise.all([setTimeout(STOPPED_MS), until(() => codes.includes('unavailable NATS_DISCONNECTED'))]);
    server.signal('SIGCONT');
    for (const id of ids.slice(200)) producer.collect({ type: 'feature_used', id });
    await producer.flush({ timeoutMs: 30_000 });
    await until(() => sink.events.length >= ids.length);
    await until(async () => {
      const info = await manager.consumers.info('events', 'worker').catch(() => undefined);
      return info !== undefined && info.num_ack_pending + info.num_pending === 0;
    });
    expect(await stored(manager)).to.equal(ids.length);
    expect(sink.events.map(({ id }) => id).sort()).to.deep.equal([...ids].sort());
    subscription.unsubscribe();
    await Promise.all([producer.shutdown(), worker.shutdown()]);
    expect(expectBalanced(producer).sinks.jetstream).to.include({ delivered: ids.length, failed: 0, dropped: 0 });
    expectBalanced(worker);
  });

  it('loses no event from one collector to the other while the server is killed', async function () {
    await start(this);
    const manager = await aManager();
    await manager.consumers.add('events', { durable_name: 'worker', ack_policy: 'explicit', ack_wait: 500e6 });
    const producer = new EventCollector({
      sinks: [jetStreamSink({ connection: await server.connect(), subject: 'events.a', stream: 'events' })],
      config: { batch: { maxCount: 10 } },
      lane: LANE,
    });
    const sink = new MemorySink();
    const worker = new EventCollector({ sinks: [sink], config: { batch: { maxCount: 10, maxAgeMs: 5 } } });
    const consumer = await jetstream(await server.connect()).consumers.get('events', 'worker');
    const results: JetStreamResult[] = [];
    const subscription = fromJetStream({ consumer, collector: worker, maxInFlight: 20 }).subscribe((result) => results.push(result));
    const distinct = (): Set<string> => new Set(sink.events.map(({ id }) => id));
    const offered = Array.from({ length: 600 }, (_, index) => `event-${String(index)}`);
    for (const [index, id] of offered.entries()) {
      producer.collect({ type: 'feature_used', id });
      if (index % 200 !== 150) continue;
      await until(() => distinct().size >= index - 100);
      await server.kill();
      await server.start();
    }
    await producer.flush();
    await until(() => distinct().size === offered.length);
    // An acknowledgement that was lost is repeated, without the event.
    await until(async () => {
      const { num_ack_pending: unanswered, num_pending: waiting } = await manager.consumers.info('events', 'worker');
      return unanswered + waiting === 0;
    });
    expect([...distinct()].sort()).to.deep.equal([...offered].sort());
    expect(await stored(manager)).to.equal(offered.length);
    expect(sink.events).to.have.length(offered.length);
    subscription.unsubscribe();
    await Promise.all([producer.shutdown(), worker.shutdown()]);
    expectBalanced(producer);
    expectBalanced(worker);
  });
});

/** Messages of the stream. The client drops a request that is made before it is connected again, so the request is repeated. */
async function stored(manager: JetStreamManager): Promise<number> {
  const answer = await manager.streams.info('events').catch(() => undefined);
  return answer === undefined ? stored(manager) : answer.state.messages;
}

/** The failed attempts, as they are reported. */
function errorsOf(collector: EventCollector): string[] {
  const errors: string[] = [];
  collector.diagnostics$.subscribe((diagnostic) => {
    if (diagnostic.type === 'sink_error') errors.push(`${diagnostic.error.kind} ${diagnostic.error.code}`);
  });
  return errors;
}
