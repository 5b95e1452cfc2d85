export { ndjsonFileSink, type NdjsonFileSink, type NdjsonFileSinkOptions } from './ndjson-file-sink.js';
export type { FileRotation } from './rotation.js';
export type { FileSync } from './syncs.js';
export { fromNdjson, type FromNdjsonOptions, type FromNdjsonProjection, type NdjsonInput, type NdjsonLine } from './from-ndjson.js';
export { withProcessLifecycle, type ProcessLifecycleOptions } from './process-lifecycle.js';
export type { OtherListeners } from './process-end.js';
export { collectFromPort, type PortIntake, type PortStats } from '../ports/collect-from-port.js';
export { portCollector, type PortCollectorOptions } from '../ports/port-collector.js';
export type { MessagePortLike } from '../ports/message-port.js';
export { nodeHttpTransport, type NodeHttpTransportOptions } from './node-http-transport.js';
export type { HttpRequest, HttpResponse, HttpTransport, LeavingPage } from '../http/transport.js';

export { openEventStore, type EventStoreOptions, type EventStorePlace } from './open-event-store.js';
export type { StoreAppendResult, EventScan, EventStore, EventStoreStats } from './event-store.js';
export type {
  ActorSampling,
  EventActorKey,
  EventActorOptions,
  EventCohort,
  EventCount,
  EventCountKey,
  EventCountKeyOf,
  EventCountOptions,
  EventDistinct,
  EventDistinctOptions,
  EventFilter,
  EventFunnelStep,
  EventGrouping,
  EventKeyValue,
  EventPageOptions,
  EventPath,
  EventPercentileOptions,
  EventPercentiles,
  EventRetentionOptions,
  EventScanOptions,
  EventScanProjection,
  EventTimeRange,
  EventTimeUnit,
} from './event-query.js';
export {
  exportParquet,
  type ExportParquetOptions,
  type ParquetColumn,
  type ParquetRows,
  type ParquetWriterModule,
} from './export-parquet.js';
export type { EventRetentionLimits } from './retention.js';
export type { SqliteDatabase, SqliteStatement, SqliteValue } from './sqlite-database.js';
export { fileSpool, type FileSpoolOptions } from './file-spool.js';
export { sqliteSpool, type SqliteSpoolOptions } from './sqlite-spool.js';
export { sqliteSink, type SqliteSinkOptions } from './sqlite-sink.js';
