import {
  jetstream,
  jetstreamManager,
  type ConsumerConfig,
  type JetStreamClient,
  type JetStreamManager,
  type StoredMsg,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { expect } from 'chai';
import {
  asyncScheduler,
  filter,
  firstValueFrom,
  materialize,
  Subject,
  Subscription,
  take as takeFirst,
  toArray,
  type SchedulerLike,
} from 'rxjs';
import { EventCollector } from '../../lib/collector/event-collector.js';
import { SinkError } from '../../lib/errors/sink-error.js';
import type { AnalyticsEvent, EventInput } from '../../lib/event/event.js';
import { fromJetStream, jetStreamSink, type FromJetStreamOptions, type JetStreamResult } from '../../lib/nats/index.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import { expectBalanced } from '../support/books.js';
import { sinkOf } from '../support/sink-of.js';
import { NatsServer } from '../support/nats-server.js';
import { until } from '../support/until.js';

/** Nanoseconds. */
const ms = (count: number): number => count * 1e6;

describe('fromJetStream, with a real server', function () {
  this.timeout(60_000);
  let server: NatsServer;
  let connection: NatsConnection;
  let manager: JetStreamManager;
  let js: JetStreamClient;
  let streams = 0;
  let name = '';

  before(async function () {
    server = await NatsServer.start(this);
    connection = await server.connect();
    manager = await jetstreamManager(connection);
    js = jetstream(connection);
  });

  after(() => NatsServer.removeAll());

  /** A stream of its own for each test. */
  beforeEach(async () => {
    streams += 1;
    name = `stream${String(streams)}`;
    await manager.streams.add({ name, subjects: [`${name}.>`], storage: 'memory' });
  });

  async function aConsumer(config: Partial<ConsumerConfig> = {}): Promise<FromJetStreamOptions['consumer']> {
    const durable = 'worker';
    await manager.consumers.add(name, { durable_name: durable, ack_policy: 'explicit', filter_subject: `${name}.in`, ...config });
    return js.consumers.get(name, durable);
  }

  async function publish(...messages: (string | EventInput)[]): Promise<void> {
    for (const each of messages) await js.publish(`${name}.in`, typeof each === 'string' ? each : JSON.stringify(each));
  }

  /** The first results, without warnings. */
  function take(count: number, options: FromJetStreamOptions): Promise<JetStreamResult[]> {
    const results$ = fromJetStream(options).pipe(filter(({ kind }) => kind !== 'warning'));
    return firstValueFrom(results$.pipe(takeFirst(count), toArray()));
  }

  async function lastMessage(subject: string): Promise<StoredMsg> {
    const message = await manager.streams.getMessage(name, { last_by_subj: subject });
    if (message === null) throw new Error(`Expected a message of ${subject}`);
    return message;
  }

  async function unacknowledged(): Promise<number> {
    const { num_ack_pending: pending, num_pending: waiting } = await manager.consumers.info(name, 'worker');
    return pending + waiting;
  }

  it('acknowledges a message when its event is delivered', async () => {
    const sink = new MemorySink();
    const collector = new EventCollector({ sinks: [sink], config: { batch: { maxAgeMs: 5 } } });
    await publish({ type: 'feature_used', id: 'a' }, { type: 'feature_used', id: 'b' });
    const results: JetStreamResult[] = [];
    const subscription = fromJetStream({ consumer: await aConsumer(), collector }).subscribe((result) => results.push(result));
    await until(() => results.length === 2);
    expect(results.map(({ kind }) => kind)).to.deep.equal(['acknowledged', 'acknowledged']);
    expect(sink.events.map(({ id }) => id)).to.deep.equal(['a', 'b']);
    await until(async () => (await unacknowledged()) === 0);
    subscription.unsubscribe();
    await collector.shutdown();
    expectBalanced(collector);
  });

  it('delivers a message again, after delays that grow, until its event is delivered', async () => {
    let failures = 2;
    const sink = sinkOf(() => {
      failures -= 1;
      if (failures >= 0) throw new SinkError('rejected', 'no');
    });
    const collector = new EventCollector({ sinks: [sink], config: { batch: { maxAgeMs: 1 } } });
    await publish({ type: 'feature_used' });
    const results = await take(3, { consumer: await aConsumer(), collector, baseDelayMs: 10, random: () => 1 });
    expect(results.map((result) => (result.kind === 'delayed' ? result.delayMs : result.kind))).to.deep.equal([10, 20, 'acknowledged']);
    await collector.shutdown();
  });

  it('acknowledges events that policy excludes', async () => {
    const collector = new EventCollector({ sinks: [], config: { categories: { usage: { enabled: false } } } });
    await publish({ type: 'feature_used' });
    const [result] = await take(1, { consumer: await aConsumer(), collector });
    expect(result).to.deep.include({ kind: 'acknowledged', settlement: { outcome: 'filtered', sinks: {} } });
    await collector.shutdown();
  });

  describe('with `deadLetters`', () => {
    it('publishes a letter after `afterDeliveries`', async () => {
      const sink = sinkOf(() => {
        throw new SinkError('rejected', 'no');
      });
      const collector = new EventCollector({ sinks: [sink], config: { batch: { maxAgeMs: 1 } } });
      await publish({ type: 'feature_used', id: 'a' });
      const deadLetters = { js, subject: `${name}.dead`, afterDeliveries: 3 };
      const results = await take(3, { consumer: await aConsumer(), collector, baseDelayMs: 1, deadLetters });
      expect(results.map(({ kind }) => kind)).to.deep.equal(['delayed', 'delayed', 'dead_lettered']);
      expect((await lastMessage(`${name}.dead`)).json()).to.deep.equal({ type: 'feature_used', id: 'a' });
      await until(async () => (await unacknowledged()) === 0);
      await collector.shutdown();
    });

    const POISON = { 'no JSON': '{', 'JSON of another value': '[1]', 'an invalid event': '{"id":1}' };
    for (const [what, text] of Object.entries(POISON)) {
      it(`publishes a letter for ${what} at its first delivery`, async () => {
        const collector = new EventCollector({ sinks: [] });
        await publish(text);
        const deadLetters = { js, subject: `${name}.dead` };
        const [result] = await take(1, { consumer: await aConsumer(), collector, deadLetters });
        expect(result).to.deep.include({ kind: 'dead_lettered', reason: 'invalid' });
        expect((await lastMessage(`${name}.dead`)).string()).to.equal(text);
        await until(async () => (await unacknowledged()) === 0);
        await collector.shutdown();
      });
    }

    it('publishes a letter although its message has the same id in the same stream', async () => {
      const sink = jetStreamSink({ connection, subject: `${name}.in`, stream: name });
      const producer = new EventCollector({ sinks: [sink] });
      producer.collect({ type: 'feature_used', id: 'a' });
      await producer.shutdown();
      const collector = new EventCollector({ sinks: [], validate: () => 'no' });
      await take(1, { consumer: await aConsumer(), collector, deadLetters: { js, subject: `${name}.dead` } });
      const letter = await lastMessage(`${name}.dead`);
      expect(letter.json<AnalyticsEvent>().id).to.equal('a');
      expect(letter.header.get('Dead-Letter-Reason')).to.equal('invalid');
      await collector.shutdown();
    });

    it('delivers a message again if its letter is not stored', async () => {
      const collector = new EventCollector({ sinks: [] });
      await publish('{');
      const deadLetters = { js, subject: 'no.stream.has.this' };
      const [result] = await take(1, { consumer: await aConsumer(), collector, deadLetters });
      expect(result?.kind).to.equal('delayed');
      expect(await unacknowledged()).to.equal(1);
      await collector.shutdown();
    });

    it('fails if the consumer receives the letters', async () => {
      const collector = new EventCollector({ sinks: [] });
      await publish('{');
      const consumer = await aConsumer({ filter_subject: `${name}.>` });
      const results$ = fromJetStream({ consumer, collector, deadLetters: { js, subject: `${name}.dead` } });
      const results = await firstValueFrom(results$.pipe(materialize(), toArray()));
      const end = results.at(-1);
      expect(end?.kind === 'E' && String(end.error)).to.contain('filter_subjects');
      await collector.shutdown();
    });
  });

  it('keeps a message from being delivered again while its event is not settled', async () => {
    const gate = new Subject<void>();
    const collector = new EventCollector({ sinks: [sinkOf(() => gate)], config: { batch: { maxAgeMs: 1 } } });
    const ackWait = { ack_wait: ms(300) };
    await publish({ type: 'feature_used' });
    const taken = take(1, { consumer: await aConsumer(ackWait), collector });
    // Another consumer, which doesn't answer, shows that the time has passed three times.
    await manager.consumers.add(name, { durable_name: 'silent', ack_policy: 'explicit', ...ackWait });
    for await (const { info } of await (await js.consumers.get(name, 'silent')).consume()) if (info.deliveryCount === 4) break;
    gate.complete();
    const [result] = await taken;
    expect(result).to.have.nested.property('message.info.deliveryCount', 1);
    await collector.shutdown();
  });

  it('settles two messages with the same event id each on its own', async () => {
    let isFirst = true;
    const sink = sinkOf(() => {
      if (isFirst) {
        isFirst = false;
        throw new SinkError('rejected', 'no');
      }
    });
    const collector = new EventCollector({ sinks: [sink], config: { batch: { maxCount: 1 } } });
    await publish({ type: 'feature_used', id: 'a' }, { type: 'feature_used', id: 'a' });
    const results = await take(3, { consumer: await aConsumer(), collector, baseDelayMs: 1 });
    expect(results.map((each) => [each.kind, 'message' in each && each.message.info.streamSequence])).to.have.deep.members([
      ['delayed', 1],
      ['acknowledged', 2],
      ['acknowledged', 1],
    ]);
    await collector.shutdown();
  });

  it('holds at most `maxInFlight` messages', async () => {
    const gate = new Subject<void>();
    const collector = new EventCollector({ sinks: [sinkOf(() => gate)], config: { batch: { maxCount: 1 } }, lane: { concurrency: 100 } });
    const tracked = { collectTracked: collector.collectTracked.bind(collector), count: 0 };
    await publish(...Array.from({ length: 10 }, () => ({ type: 'feature_used' })));
    const counting = {
      collectTracked: (event: EventInput) => {
        tracked.count += 1;
        return tracked.collectTracked(event);
      },
    };
    const taken = take(10, { consumer: await aConsumer(), collector: counting, maxInFlight: 4 });
    await until(async () => (await manager.consumers.info(name, 'worker')).num_ack_pending === 4);
    expect(tracked.count).to.equal(4);
    gate.complete();
    expect((await taken).map(({ kind }) => kind)).to.deep.equal(Array.from({ length: 10 }, () => 'acknowledged'));
    await collector.shutdown();
  });

  it('holds one message at a time with `maxInFlight: 1`', async () => {
    const collector = new EventCollector({ sinks: [new MemorySink()], config: { batch: { maxCount: 1 } } });
    const ids = Array.from({ length: 1_000 }, (_, index) => `event-${String(index)}`);
    await Promise.all(ids.map((id) => js.publish(`${name}.in`, JSON.stringify({ type: 'feature_used', id }))));
    const order: string[] = [];
    collector.subscribe(({ id }) => order.push(id));
    const results = await take(ids.length, { consumer: await aConsumer({ max_ack_pending: 1 }), collector, maxInFlight: 1 });
    expect(new Set(results.map(({ kind }) => kind))).to.deep.equal(new Set(['acknowledged']));
    expect([...order].sort()).to.deep.equal([...ids].sort());
    await collector.shutdown();
  });

  it('shares the messages of a consumer with another source', async () => {
    const sink = new MemorySink();
    const ids = Array.from({ length: 500 }, (_, index) => `event-${String(index)}`);
    await Promise.all(ids.map((id) => js.publish(`${name}.in`, JSON.stringify({ type: 'feature_used', id }))));
    const consumer = await aConsumer();
    const collectors = [1, 2].map(() => new EventCollector({ sinks: [sink], config: { batch: { maxAgeMs: 5 } } }));
    const counts = collectors.map(() => 0);
    const subscriptions = collectors.map((collector, index) =>
      fromJetStream({ consumer, collector, maxInFlight: 50 }).subscribe(() => (counts[index] = (counts[index] ?? 0) + 1)),
    );
    await until(() => sink.events.length === ids.length);
    await until(async () => (await unacknowledged()) === 0);
    expect(sink.events.map(({ id }) => id).sort()).to.deep.equal([...ids].sort());
    for (const count of counts) expect(count).to.be.greaterThan(0);
    for (const subscription of subscriptions) subscription.unsubscribe();
    await Promise.all(collectors.map((collector) => collector.shutdown()));
  });

  it('continues with the next messages when the stream is purged', async () => {
    const gate = new Subject<void>();
    const sink = new MemorySink();
    const collector = new EventCollector({ sinks: [sinkOf(() => gate), sink], config: { batch: { maxAgeMs: 1 } } });
    await publish({ type: 'feature_used', id: 'a' }, { type: 'feature_used', id: 'b' });
    const taken = take(3, { consumer: await aConsumer(), collector });
    await until(() => sink.events.length === 2);
    await manager.streams.purge(name);
    gate.complete();
    await publish({ type: 'feature_used', id: 'c' });
    expect((await taken).map(({ kind }) => kind)).to.deep.equal(['acknowledged', 'acknowledged', 'acknowledged']);
    expect(sink.events.map(({ id }) => id)).to.deep.equal(['a', 'b', 'c']);
    await collector.shutdown();
  });

  it('reports that its consumer is deleted, and continues when it exists again', async () => {
    const collector = new EventCollector({ sinks: [new MemorySink()], config: { batch: { maxAgeMs: 1 } } });
    const consumer = await aConsumer();
    await publish({ type: 'feature_used', id: 'a' });
    const results: JetStreamResult[] = [];
    const subscription = fromJetStream({ consumer, collector }).subscribe((result) => results.push(result));
    const kinds = (): string[] => results.map(({ kind }) => kind);
    await until(() => results.length === 1);
    await manager.consumers.delete(name, 'worker');
    await until(() => kinds().includes('interrupted'));
    const interruption = results.find((result) => result.kind === 'interrupted');
    expect(String(interruption?.error)).to.contain('consumer deleted');
    await publish({ type: 'feature_used', id: 'b' });
    await aConsumer();
    await until(() => kinds().at(-1) !== 'interrupted');
    // The new consumer begins with the first message, which is known.
    await until(async () => (await unacknowledged()) === 0);
    expect(kinds().filter((kind) => kind !== 'interrupted')).to.deep.equal(['acknowledged', 'repeated', 'acknowledged']);
    subscription.unsubscribe();
    await collector.shutdown();
    expectBalanced(collector);
  });

  it('stops in the middle when it is unsubscribed, and leaves the rest to the next', async () => {
    const sink = new MemorySink();
    const collector = new EventCollector({ sinks: [sink], config: { batch: { maxCount: 10, maxAgeMs: 5 } } });
    const ids = Array.from({ length: 200 }, (_, index) => `event-${String(index)}`);
    for (const id of ids) await publish({ type: 'feature_used', id });
    const consumer = await aConsumer({ ack_wait: ms(300) });
    const first = await take(25, { consumer, collector, maxInFlight: 40 });
    const acknowledged = new Set(first.map((result) => 'message' in result && result.message.info.streamSequence));
    const rest = await take(ids.length - 25, { consumer, collector, maxInFlight: 40 });
    for (const result of rest) acknowledged.add('message' in result && result.message.info.streamSequence);
    expect(acknowledged.size).to.equal(ids.length);
    await until(async () => (await unacknowledged()) === 0);
    expect(new Set(sink.events.map(({ id }) => id))).to.deep.equal(new Set(ids));
    await collector.shutdown();
  });

  describe('at the end of the collector', () => {
    it('settles its messages, and completes', async () => {
      const sink = new MemorySink();
      const collector = new EventCollector({ sinks: [sink] });
      await publish({ type: 'feature_used' });
      const results$ = fromJetStream({ consumer: await aConsumer(), collector });
      const all = firstValueFrom(results$.pipe(toArray()));
      await until(() => collector.stats().eventsReceived === 1);
      await collector.shutdown();
      expect((await all).map(({ kind }) => kind)).to.deep.equal(['acknowledged']);
      expect(sink.events).to.have.length(1);
    });

    it('returns a message that the collector does not accept, once and immediately', async () => {
      const collector = new EventCollector({ sinks: [] });
      await collector.shutdown();
      await publish({ type: 'feature_used' });
      // Without `events$`, only the outcome shows that the collector is closed.
      const closed = { collectTracked: (event: EventInput) => collector.collectTracked(event) };
      const consumer = await aConsumer({ ack_wait: ms(3_600_000) });
      const results = await firstValueFrom(fromJetStream({ consumer, collector: closed }).pipe(toArray()));
      expect(results.map(({ kind }) => kind)).to.deep.equal(['returned']);
      // The next consumer has it long before its deadline.
      const next = new EventCollector({ sinks: [] });
      const [result] = await take(1, { consumer, collector: next });
      expect(result).to.have.nested.property('message.info.streamSequence', 1);
      await next.shutdown();
    });
  });

  it('leaves its messages to others when it is unsubscribed', async () => {
    const gate = new Subject<void>();
    const collector = new EventCollector({ sinks: [sinkOf(() => gate)], config: { batch: { maxAgeMs: 1 } } });
    await publish({ type: 'feature_used' });
    const consumer = await aConsumer({ ack_wait: ms(300) });
    const subscription = fromJetStream({ consumer, collector }).subscribe();
    await until(() => collector.stats().sinks.sink?.pending === 1);
    subscription.unsubscribe();
    gate.complete();
    await collector.shutdown();
    const next = new EventCollector({ sinks: [] });
    const [result] = await take(1, { consumer, collector: next });
    expect(result).to.deep.include({ kind: 'acknowledged' }).and.to.have.nested.property('message.info.deliveryCount', 2);
    await next.shutdown();
  });

  it('fails for a consumer that acknowledges nothing', async () => {
    const collector = new EventCollector({ sinks: [] });
    const error: unknown = await take(1, { consumer: await aConsumer({ ack_policy: 'none' }), collector }).catch(
      (thrown: unknown) => thrown,
    );
    expect(String(error)).to.contain("Expected a consumer with `ack_policy: 'explicit'`, got `'none'`");
    await collector.shutdown();
  });

  it('fails for a consumer that delivers no data', async () => {
    const collector = new EventCollector({ sinks: [] });
    const error: unknown = await take(1, { consumer: await aConsumer({ headers_only: true }), collector }).catch(
      (thrown: unknown) => thrown,
    );
    expect(String(error)).to.contain('Expected a consumer without `headers_only`');
    await collector.shutdown();
  });

  it('does not spin for an `ack_wait` of months', async () => {
    const collector = new EventCollector({ sinks: [] });
    const consumer = await aConsumer({ ack_wait: ms(100 * 86_400_000) });
    const delays: number[] = [];
    const scheduler = Object.create(asyncScheduler, {
      schedule: {
        value: (_work: unknown, delayMs: number) => {
          delays.push(delayMs);
          return new Subscription();
        },
      },
    }) as SchedulerLike;
    await publish({ type: 'feature_used' });
    await take(1, { consumer, collector, scheduler });
    expect(delays).to.deep.equal([2 ** 31 - 1]);
    await collector.shutdown();
  });

  it('warns of a consumer with `max_deliver`', async () => {
    const collector = new EventCollector({ sinks: [] });
    const result = await firstValueFrom(fromJetStream({ consumer: await aConsumer({ max_deliver: 5 }), collector }));
    expect(result.kind === 'warning' && result.text).to.contain('max_deliver');
    await collector.shutdown();
  });

  it('fails clearly when the connection is closed', async () => {
    const other = await server.connect();
    await aConsumer();
    const consumer = await jetstream(other).consumers.get(name, 'worker');
    const collector = new EventCollector({ sinks: [] });
    const failed = take(1, { consumer, collector }).catch((thrown: unknown) => thrown);
    await other.close();
    expect(String(await failed)).to.contain('maxReconnectAttempts: -1');
    await collector.shutdown();
  });
});
