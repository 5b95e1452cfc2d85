import type { NatsClient } from './nats-client.js';
import type { PublishFault } from './publish-fault.js';

export const DISCONNECTED: PublishFault = {
  kind: 'unavailable',
  code: 'NATS_DISCONNECTED',
  message: 'There is no connection to the NATS server',
};

/** `unavailable` although the connection stays closed: so a durable lane keeps the events for the next run of the program. */
export const CLOSED: PublishFault = {
  kind: 'unavailable',
  code: 'NATS_CLOSED',
  message: 'The NATS connection is closed, and stays closed: connect with `maxReconnectAttempts: -1`, and close it after the collector',
};

export const DRAINING: PublishFault = { kind: 'unavailable', code: 'NATS_DRAINING', message: 'The NATS connection is being drained' };

/** The reason why nothing can be published on this connection now; otherwise `undefined`. */
export function connectionFault(connection: NatsClient): PublishFault | undefined {
  if (connection.isClosed()) return CLOSED;
  if (connection.isDraining()) return DRAINING;
  return connection.info === undefined ? DISCONNECTED : undefined;
}
