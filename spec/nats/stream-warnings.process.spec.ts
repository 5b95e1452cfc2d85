import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { expect } from 'chai';
import { streamWarnings } from '../../lib/nats/index.js';
import { NatsServer } from '../support/nats-server.js';

describe('streamWarnings, with a real server', function () {
  this.timeout(60_000);
  let server: NatsServer;
  let connection: NatsConnection;
  let manager: JetStreamManager;

  before(async function () {
    server = await NatsServer.start(this);
    connection = await server.connect();
    manager = await jetstreamManager(connection);
  });

  after(() => NatsServer.removeAll());

  /** The first words that differ, of each warning. */
  async function warningsOf(config: object, options: object = {}): Promise<string[]> {
    await manager.streams.add({ name: 'events', ...config });
    const warnings = await streamWarnings(manager, { stream: 'events', ...options });
    await manager.streams.delete('events');
    return warnings.map((text) => /duplicate window|oldest messages|in memory/.exec(text)?.[0] ?? text);
  }

  it('warns of the defaults: a lane tries for 5 minutes, a stream recognises duplicates for 2', async () => {
    expect(await warningsOf({})).to.deep.equal(['duplicate window']);
    expect(await warningsOf({ duplicate_window: 310_000e6 })).to.deep.equal([]);
    expect(await warningsOf({ duplicate_window: 309_999e6 })).to.deep.equal(['duplicate window']);
    expect(await warningsOf({}, { maxElapsedMs: 110_000 })).to.deep.equal([]);
    expect(await warningsOf({}, { maxElapsedMs: 110_000, timeoutMs: 10_001 })).to.deep.equal(['duplicate window']);
  });

  it('warns of a full stream that discards, and of one in memory', async () => {
    const good = { duplicate_window: 310_000e6, max_msgs: 10 };
    expect(await warningsOf(good)).to.deep.equal(['oldest messages']);
    expect(await warningsOf({ ...good, discard: 'new' })).to.deep.equal([]);
    expect(await warningsOf({ ...good, discard: 'new', storage: 'memory' })).to.deep.equal(['in memory']);
  });

  it('rejects for a stream that is not found', async () => {
    const error: unknown = await streamWarnings(manager, { stream: 'none' }).catch((thrown: unknown) => thrown);
    expect(String(error)).to.contain('stream not found');
  });
});
