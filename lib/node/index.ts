export { ndjsonFileSink, type NdjsonFileSinkOptions } from './ndjson-file-sink.js';
export type { FileRotation } from './rotation.js';
export type { FileSync } from './syncs.js';
export { fromNdjson, type FromNdjsonOptions, type FromNdjsonProjection, type NdjsonInput, type NdjsonLine } from './from-ndjson.js';

export { openEventStore, type EventStoreOptions, type EventStorePlace } from './open-event-store.js';
export type { Appended, EventScan, EventStore, EventStoreStats } from './event-store.js';
export type {
  CountKey,
  CountOptions,
  EventCount,
  EventFilter,
  EventPercentiles,
  KeyOf,
  PageOptions,
  PercentileOptions,
  ScanOptions,
  ScanProjection,
  TimeRange,
} from './event-query.js';
export type { RetentionLimits } from './retention.js';
export type { SqliteDatabase, SqliteStatement, SqliteValue } from './sqlite-database.js';
export { sqliteSink, type SqliteSinkOptions } from './sqlite-sink.js';
