import { isFunction, isObject, type Expectation } from '../internal/check-option.js';

/**
 * The part of a NATS connection that is used here: pass the result of `connect` of `@nats-io/transport-node`, or of `wsconnect` of
 * `@nats-io/nats-core`.
 */
export interface NatsClient {
  /** The server's announcement; `undefined` while there is no connection to it. */
  readonly info?: { readonly max_payload: number } | undefined;
  /** @param options `headers` is an object with `encode(): Uint8Array`, the only method that the client calls */
  publish(subject: string, payload: string, options?: { readonly headers?: object; readonly reply?: string }): void;
  subscribe(subject: string, options: { callback(error: Error | null, message: NatsMessage): void }): { unsubscribe(): void };
  /** Resolves when the connection is closed permanently, with an error unless `close` or `drain` was called. */
  closed(): Promise<unknown>;
  isClosed(): boolean;
  isDraining(): boolean;
  /** Emits the connection's events. */
  status(): AsyncIterable<NatsStatus>;
}

/** The part of a received message that is used here. */
export interface NatsMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers?: { readonly code: number } | undefined;
}

/** An event of a connection: `'disconnect'`, `'reconnect'`, `'error'`, `'close'` and others. */
export interface NatsStatus {
  readonly type: string;
  readonly error?: Error | undefined;
}

export const aConnection = {
  expected: 'a NATS connection, as `connect()` returns it',
  accepts: (value: unknown): value is NatsClient =>
    isObject(value) && ['publish', 'subscribe', 'status', 'isClosed'].every((method) => isFunction(value[method])),
} satisfies Expectation;
