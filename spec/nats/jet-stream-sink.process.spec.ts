import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { headers, type NatsConnection } from '@nats-io/transport-node';
import { expect } from 'chai';
import { EventCollector } from '../../lib/collector/event-collector.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { jetStreamSink } from '../../lib/nats/index.js';
import { describeSinkContract } from '../../lib/testing/describe-sink-contract.js';
import { expectBalanced } from '../support/books.js';
import { NatsServer } from '../support/nats-server.js';

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

  after(async () => {
    await connection.close();
    await server.remove();
  });

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
    const collector = new EventCollector({ sinks: [jetStreamSink({ connection, headers, subject: ({ type }) => `${name}.${type}` })] });
    collector.collect({ type: 'feature_used', data: { feature: 'search' } });
    collector.collect({ type: 'session_started' });
    await collector.shutdown();
    expectBalanced(collector);
    expect((await stored(name)).map(({ type }) => type)).to.deep.equal(['feature_used', 'session_started']);
    expect(collector.stats().sinks.jetstream?.delivered).to.equal(2);
  });

  describeSinkContract('jetStreamSink', {
    create: async () => {
      contractStream = await aStream();
      return jetStreamSink({ connection, headers, subject: contractStream });
    },
    received: async () => (await stored(contractStream)).map(({ id }) => id),
    failing: async () => {
      const closed = await server.connect();
      const sink = jetStreamSink({ connection: closed, headers, subject: 'anything' });
      await closed.close();
      return sink;
    },
  });
});
