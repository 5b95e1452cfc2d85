import type { SinkError } from '../errors/sink-error.js';
import type { ReplaceableField } from '../event/create-event.js';
import type { BreakerState } from '../lane/breaker.js';
import type { DropReason } from '../ledger/drop-reason.js';
import type { FlushReport } from './flush-report.js';

/** Why an event will not arrive. */
export type LossReason = DropReason | 'invalid' | 'closed' | 'failed';

/** Which callback threw; `pipeline` if unknown. */
export type CallbackSource = 'subscriber' | 'stage' | 'metadata' | 'consent$' | 'pipeline';

/** Events that will not arrive: dropped by the collector or a lane, failed permanently, invalid, or collected after shutdown. */
export interface LossDiagnostic {
  readonly type: 'loss';
  readonly reason: LossReason;
  /** The sink, if its lane lost them. */
  readonly sink?: string;
  readonly error?: unknown;
}

/** Failed attempts, even if they will be retried; failed calls of a sink's `flush` or `close`; errors of a durable lane's store, by code. */
export interface SinkErrorDiagnostic {
  readonly type: 'sink_error';
  readonly sink: string;
  readonly error: SinkError;
}

/** A user's callback threw: an observer passed to `subscribe`, a stage, the metadata function. */
export interface CallbackErrorDiagnostic {
  readonly type: 'callback_error';
  readonly callback: CallbackSource;
  readonly error: unknown;
}

/** A field of an event could not be used, and was replaced by its default. */
export interface UnusableFieldDiagnostic {
  readonly type: 'unusable_field';
  readonly field: ReplaceableField;
  /** The value as text, as in error messages; for a session or metadata only its kind. */
  readonly got: string;
}

/** `consent$` emitted a value that is not a `ConsentState`. It was ignored. */
export interface InvalidConsentDiagnostic {
  readonly type: 'invalid_consent';
  /** The value as text, as in error messages. */
  readonly got: string;
}

/** A breaker changed its state. */
export interface BreakerDiagnostic {
  readonly type: 'breaker';
  readonly sink: string;
  readonly state: BreakerState;
}

/** A flush or the shutdown ended. */
export interface FlushDiagnostic {
  readonly type: 'flush' | 'shutdown';
  readonly report: FlushReport;
}

/** `unregisterSink` ended. */
export interface UnregisterDiagnostic {
  readonly type: 'unregister';
  readonly sink: string;
  readonly report: FlushReport;
}

/** `initGlobalCollector` was called again: the first collector stays. */
export interface GlobalCollectorDiagnostic {
  readonly type: 'global_collector_exists';
}

/** Repeatable diagnostics: reported at most once a second per kind, with the count since the last report. */
export type RepeatedDiagnostic =
  LossDiagnostic | SinkErrorDiagnostic | CallbackErrorDiagnostic | UnusableFieldDiagnostic | InvalidConsentDiagnostic;

/** Diagnostics that are reported individually. */
export type OnceDiagnostic = BreakerDiagnostic | FlushDiagnostic | UnregisterDiagnostic | GlobalCollectorDiagnostic;

/** A report of a collector about itself. `at` is in milliseconds since the epoch; `error` is the latest of the counted ones. */
export type Diagnostic = ((RepeatedDiagnostic & { readonly count: number }) | OnceDiagnostic) & { readonly at: number };

/** Receives the recorder's reports; see `withDiagnostics`. */
export interface Diagnostics {
  loss(count: number, reason: LossReason, error?: unknown, sink?: string): void;
  sinkError(sink: string, error: SinkError): void;
  /** Reports an error of the store of a sink's lane. Counted by code, and separately from failed attempts of the same kind. */
  storeError(sink: string, error: SinkError): void;
  callbackError(callback: CallbackSource, error: unknown): void;
  /** Without a subscriber, the report is kept for the first one: `consent$` may emit while the collector is being created. */
  invalidConsent(value: unknown): void;
  report(diagnostic: OnceDiagnostic): void;
  complete(): void;
}
