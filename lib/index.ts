export type {
  AnalyticsEvent,
  DataOf,
  EventBatch,
  EventCategory,
  EventDefaults,
  EventFields,
  EventInput,
  EventMetadata,
  EventPriority,
  FlushReason,
} from './event/event.js';
export { createEvent, type EventEnv, type ReplaceableField } from './event/create-event.js';
export { EventBuilder } from './event/event-builder.js';
export { createBatch, type CreateBatchOptions } from './event/batch-of.js';
export type * from './event/payloads.js';
export { categoryOf } from './event/categories.js';

export type {
  BatchConfig,
  CategoryConfig,
  CollectorConfig,
  ConfigPatch,
  OverrideConfig,
  PrivacyLevel,
  QueueConfig,
  SamplingConfig,
} from './config/options.js';
export { resolveConfig } from './config/resolve-config.js';
export { ConfigError, isConfigError, type ConfigFault } from './errors/config-error.js';
export { SinkError, isSinkError, type SinkErrorKind, type SinkErrorOptions } from './errors/sink-error.js';

export { admit, type AdmitOptions } from './operators/admit.js';
export { sampleBy, type SampleByOptions } from './operators/sample-by.js';
export { enrich, type Enricher, type EnrichOptions } from './operators/enrich.js';
export { redact, type RedactOptions } from './operators/redact.js';
export { gate, type GateOptions } from './operators/gate.js';
export { batch, type BatchLimits, type BatchOptions } from './operators/batch.js';
export { boundedMergeMap, type BoundedMergeMapOptions } from './operators/bounded-merge-map.js';
export { deliver, type DeliverOptions } from './operators/deliver.js';
export { aggregate, type AggregateOptions, type AggregateWindow, type OnLate } from './operators/aggregate.js';
export type { AggregateGroup, AggregateNumbers, QuantileSketch } from './internal/weighted-groups.js';
export { fanOut } from './operators/fan-out.js';
export { live, type LiveIterator, type LiveOptions } from './operators/live.js';
export type { StartStep, Step, StepEnv, StepOptions } from './operators/step.js';
export type { ConsentState } from './consent/consent-gate.js';

export * as sampling from './sampling/index.js';
export type { Sampler, SamplingEnv, SamplingStrategy } from './sampling/strategy.js';
export * as redaction from './redaction/index.js';
export type { RedactionRule, RedactionRules } from './redaction/rule.js';
export { defaultRedaction, type DefaultRedactionName, type DefaultRedactionOptions } from './redaction/default-redaction.js';

export type { BreakerState } from './lane/breaker.js';
export type { DeadLetter, Delivery } from './lane/delivery.js';
export type { BreakerOptions, LaneOptions, LanePatch, OverflowPolicy, RetryOptions } from './lane/lane-options.js';
export type {
  LaneSpool,
  LaneStore,
  LaneStoreLimits,
  LaneStoreSession,
  RecoveredBatches,
  RecoveryEvents,
  StoreChange,
  StoredBatch,
} from './lane/lane-spool.js';
export { laneStore } from './lane/lane-store.js';
export { DROP_REASONS, type DropReason, type OnReject, type RejectReason } from './ledger/drop-reason.js';
export type { LaneStats } from './ledger/lane-ledger.js';
export type { CollectorStats, CollectOutcome } from './ledger/ledger.js';

export type { EventSink, AttemptContext } from './sink/sink.js';
export { MemorySink, type MemorySinkOptions } from './sinks/memory-sink.js';
export { ConsoleSink, type ConsoleSinkOptions } from './sinks/console-sink.js';

export { Collector, createCollector, type CreateCollectorOptions, type MembersOf, type RetryNowOptions } from './collector/collector.js';
export type { CollectorContext, CollectorFeature, RunningCollector } from './collector/collector-context.js';
export type { StepPlace } from './collector/event-processor.js';
export type { FlushOptions } from './collector/lifecycle.js';
export { EventCollector } from './collector/event-collector.js';
export type { CollectorOptions } from './collector/collector-options.js';
export type * from './collector/diagnostics.js';
export { withBreaker } from './features/with-breaker.js';
export { withByteLimit } from './features/with-byte-limit.js';
export { withConsent } from './features/with-consent.js';
export { withDeadLetters, type DeadLetterOptions, type WithDeadLetters } from './features/with-dead-letters.js';
export { withDiagnostics, type WithDiagnostics } from './features/with-diagnostics.js';
export { withEnrichers } from './features/with-enrichers.js';
export { withEventDefaults } from './features/with-event-defaults.js';
export { withMetadata, type WithMetadata } from './features/with-metadata.js';
export { blocking, byPriority, withOverflow, type OverflowPart } from './features/with-overflow.js';
export type { Settlement, SinkOutcome } from './features/settlement.js';
export { withPolicy, type WithPolicy } from './features/with-policy.js';
export { withRedaction } from './features/with-redaction.js';
export { withRuntimeSinks, type WithRuntimeSinks } from './features/with-runtime-sinks.js';
export { withSampling } from './features/with-sampling.js';
export { withSettlements, type TrackOptions, type WithSettlements } from './features/with-settlements.js';
export { withStages } from './features/with-stages.js';
export { withStats, type WithStats } from './features/with-stats.js';
export { withValidation } from './features/with-validation.js';
export type { FlushReport } from './collector/flush-report.js';
export { globalCollector, initGlobalCollector, trackEvent } from './collector/global-collector.js';
export { explain, type Explanation, type StageExplanation, type ExplainVerdict } from './collector/explain.js';
