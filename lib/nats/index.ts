export { jetStreamSink, type JetStreamSinkOptions } from './jet-stream-sink.js';
export type { NatsClient, NatsMessage, NatsStatus } from './nats-client.js';
export { fromJetStream } from './from-jet-stream.js';
export type { FromJetStreamOptions, TrackingCollector } from './intake-options.js';
export type { DeadLetterOptions, DeadLetterReason } from './dead-letters.js';
export type { JetStreamResult } from './message-result.js';
export type {
  JetStreamConsumer,
  JetStreamConsumerConfig,
  JetStreamMessage,
  JetStreamMessageHeaders,
  JetStreamMessages,
} from './jet-stream-consumer.js';
export type { JetStreamPublisher } from './jet-stream-publisher.js';
export { streamWarnings, type JetStreamStreamConfig, type JetStreamStreams, type StreamWarningsOptions } from './stream-warnings.js';
