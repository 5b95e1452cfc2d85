/** The part of a pull consumer that is used here: pass the result of `jetstream(connection).consumers.get(stream, consumer)`. */
export interface JetStreamConsumer {
  /** Resolves with the consumer's configuration; `isCached` avoids a request. */
  info(isCached?: boolean): Promise<{ readonly config: JetStreamConsumerConfig }>;
  fetch(options: { readonly max_messages: number; readonly expires: number }): Promise<JetStreamMessages>;
}

export interface JetStreamMessages extends AsyncIterable<JetStreamMessage> {
  close(): Promise<unknown>;
}

/** The part of a consumer's configuration that is used here. */
export interface JetStreamConsumerConfig {
  readonly ack_policy: string;
  /** Nanoseconds. */
  readonly ack_wait?: number | undefined;
  /** Nanoseconds, by delivery. */
  readonly backoff?: readonly number[] | undefined;
  readonly max_deliver?: number | undefined;
  readonly headers_only?: boolean | undefined;
}

/** The part of a message of a consumer that is used here. */
export interface JetStreamMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  /** The subject for acknowledgements. It contains the same values as `info`, and is faster to read. @default none: `info` is read */
  readonly reply?: string | undefined;
  readonly headers?: JetStreamMessageHeaders | undefined;
  readonly info: {
    readonly stream: string;
    readonly streamSequence: number;
    readonly timestampNanos: number;
    /** Counts from 1. */
    readonly deliveryCount: number;
  };
  ack(): void;
  nak(delayMs?: number): void;
  working(): void;
  term(): void;
}

export interface JetStreamMessageHeaders {
  keys(): readonly string[];
  delete(name: string): void;
  set(name: string, value: string): void;
}
