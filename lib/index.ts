export type {
  AnalyticsEvent,
  DataOf,
  EventBatch,
  EventCategory,
  EventInput,
  EventMetadata,
  EventPriority,
  FlushReason,
} from './event/event.js';
export { createEvent } from './event/create-event.js';
export { EventBuilder } from './event/event-builder.js';
export { createBatch } from './event/batch-of.js';
export type * from './event/payloads.js';
export { categoryOf } from './event/categories.js';

export type * from './config/options.js';
export { resolveConfig } from './config/resolve-config.js';
export { ConfigError, isConfigError, type ConfigFault } from './errors/config-error.js';
export { SinkError, isSinkError, type SinkErrorKind, type SinkErrorOptions } from './errors/sink-error.js';

export { admit } from './operators/admit.js';
export { sampleBy } from './operators/sample-by.js';
export { enrich } from './operators/enrich.js';
export { redact } from './operators/redact.js';
export { gate } from './operators/gate.js';
export { batch } from './operators/batch.js';
export { boundedMergeMap } from './operators/bounded-merge-map.js';
export { deliver } from './operators/deliver.js';
export { fanOut } from './operators/fan-out.js';
export { live } from './operators/live.js';

export * as sampling from './sampling/index.js';

export type { EventSink, AttemptContext } from './sink/sink.js';
export { MemorySink } from './sinks/memory-sink.js';
export { ConsoleSink } from './sinks/console-sink.js';

export { EventCollector } from './collector/event-collector.js';
export { globalCollector, initGlobalCollector, trackEvent } from './collector/global-collector.js';
