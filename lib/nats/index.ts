export { jetStreamSink, type JetStreamSinkOptions } from './jet-stream-sink.js';
export type { NatsClient, NatsHeaders, NatsMessage, NatsStatus } from './nats-client.js';
