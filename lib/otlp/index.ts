export { otlpLogs, type OtlpAttributes, type OtlpLogsOptions, type OtlpLogsPreset, type OtlpScope } from './otlp-logs.js';
export type { UserIds } from './user.js';
export { observeCollector, type MeterObservations, type ObservableMeter, type ObservedCollector } from './observe-collector.js';
