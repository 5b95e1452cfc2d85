import { isFunction, isObject, type Expectation } from '../internal/check-option.js';
import { tryGet } from '../internal/try-get.js';
import type { JetStreamMessageHeaders } from './jet-stream-consumer.js';
import { aConnection, type NatsClient } from './nats-client.js';

/** The part of a JetStream client that is used here: pass the result of `jetstream(connection)`. */
export interface JetStreamPublisher {
  publish(
    subject: string,
    payload: string | Uint8Array,
    options?: {
      readonly msgID?: string;
      readonly headers?: JetStreamMessageHeaders;
      readonly expect?: { readonly streamName?: string };
    },
  ): Promise<unknown>;
  /** The client's connection. The client has this method, but its type doesn't declare it. */
  getConnection?(): unknown;
}

export const aPublisher: Expectation = {
  expected: 'a JetStream client, as `jetstream(connection)` returns it',
  // A connection has `publish`, too.
  accepts: (value) => isObject(value) && isFunction(value.publish) && !isFunction(value.subscribe),
};

/** The connection of a client; `undefined` if it is unknown. */
export function connectionOf(js: JetStreamPublisher | undefined): NatsClient | undefined {
  const connection = tryGet(() => js?.getConnection?.());
  return aConnection.accepts(connection) ? connection : undefined;
}
