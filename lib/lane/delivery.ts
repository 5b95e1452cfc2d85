import type { SinkError } from '../errors/sink-error.js';
import type { AnalyticsEvent, EventBatch } from '../event/event.js';
import type { DropReason } from '../ledger/drop-reason.js';

/** How a batch, or a part of it, ended at one sink. */
export type Delivery<E = AnalyticsEvent> = {
  /** The sink's name. */
  readonly sink: string;
  /** The events that this is about; a part of a batch comes as a batch of its own. */
  readonly batch: EventBatch<E>;
  /** How often the sink was tried with them. */
  readonly attempts: number;
} & (
  | { readonly status: 'delivered' }
  | { readonly status: 'failed'; readonly error: SinkError }
  | { readonly status: 'dropped'; readonly reason: DropReason }
);

/** What a delivery says beside whose events it is about. */
export type Outcome =
  | { readonly status: 'delivered' }
  | { readonly status: 'failed'; readonly error: SinkError }
  | { readonly status: 'dropped'; readonly reason: DropReason };

/** A final failure. `EventCollector.redeliver` offers its events to the sink again. */
export interface DeadLetter<E = AnalyticsEvent> {
  /** The sink's name. */
  readonly sink: string;
  readonly batch: EventBatch<E>;
  readonly error: SinkError;
  readonly attempts: number;
}
