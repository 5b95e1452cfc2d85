import { connect } from '@nats-io/transport-node';

/** A connection that tries to reconnect without end, quickly. */
export const connectPatiently = (options: Parameters<typeof connect>[0]): ReturnType<typeof connect> =>
  connect({ maxReconnectAttempts: -1, reconnectTimeWait: 20, reconnectJitter: 0, ...options });
