import type { NatsClient } from './nats-client.js';
import type { PublishFault } from './publish-fault.js';

export const DISCONNECTED: PublishFault = {
  kind: 'unavailable',
  code: 'NATS_DISCONNECTED',
  message: 'There is no connection to the NATS server',
};

/** `unavailable` although it stays closed: a durable lane keeps the events for the next life of the program. */
export const CLOSED: PublishFault = {
  kind: 'unavailable',
  code: 'NATS_CLOSED',
  message: 'The NATS connection is closed, and stays closed: connect with `maxReconnectAttempts: -1`, and close it after the collector',
};

export const DRAINING: PublishFault = { kind: 'unavailable', code: 'NATS_DRAINING', message: 'The NATS connection is being drained' };

/** Why nothing can be published by this connection now. */
export function connectionFault(connection: NatsClient): PublishFault | undefined {
  if (connection.isClosed()) return CLOSED;
  if (connection.isDraining()) return DRAINING;
  return connection.info === undefined ? DISCONNECTED : undefined;
}
