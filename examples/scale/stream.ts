import { jetstream, jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect, nanos, type NatsConnection } from '@nats-io/transport-node';
import { CONSUMER, STREAM, SUBJECT } from './messages.js';

/** The stream between producers and workers, and its consumer. */
export class EventStream {
  static async create(url: string): Promise<EventStream> {
    const connection = await connect({ servers: url, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
    const manager = await jetstreamManager(connection);
    // Longer than a producer is ever down: within it, a message that is published again under the same id is left out.
    await manager.streams.add({ name: STREAM, subjects: [SUBJECT], duplicate_window: nanos(10 * 60_000) });
    await manager.consumers.add(STREAM, { durable_name: CONSUMER, ack_policy: 'explicit', ack_wait: nanos(3_000), max_ack_pending: 2_000 });
    return new EventStream(connection, manager);
  }

  readonly #connection: NatsConnection;
  readonly #manager: JetStreamManager;

  private constructor(connection: NatsConnection, manager: JetStreamManager) {
    this.#connection = connection;
    this.#manager = manager;
  }

  /** Whether the workers have acknowledged every message. False while the server doesn't answer. */
  async isSettled(): Promise<boolean> {
    try {
      const { num_pending: waiting, num_ack_pending: pending } = await this.#manager.consumers.info(STREAM, CONSUMER);
      return waiting + pending === 0;
    } catch {
      return false;
    }
  }

  /** The ids of all events, in the order of the stream. */
  async ids(): Promise<string[]> {
    const { state } = await this.#manager.streams.info(STREAM);
    const consumer = await jetstream(this.#connection).consumers.get(STREAM);
    const ids: string[] = [];
    while (ids.length < state.messages) {
      for await (const message of await consumer.fetch({ max_messages: 1_000, expires: 1_000 }))
        ids.push(message.json<{ id: string }>().id);
    }
    return ids;
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}
