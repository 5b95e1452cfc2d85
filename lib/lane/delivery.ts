import type { SinkError } from '../errors/sink-error.js';
import type { AnalyticsEvent, EventBatch } from '../event/event.js';
import type { DropReason } from '../ledger/drop-reason.js';

/** The final outcome of a batch, or of a part of it, at one sink. */
export type Delivery<E = AnalyticsEvent> = {
  /** The sink's name. */
  readonly sink: string;
  /** The events with this outcome. A failed part of a batch, or a part that was attempted with other events, has its own id. */
  readonly batch: EventBatch<E>;
  /** Number of attempts with these events. */
  readonly attempts: number;
  /** Set if the events left the lane while they were only in its store: their number. `batch` then has no events. */
  readonly stored?: number;
} & (
  | { readonly status: 'delivered' }
  | { readonly status: 'failed'; readonly error: SinkError }
  | { readonly status: 'dropped'; readonly reason: DropReason }
);

/** The outcome of a delivery, without its events. */
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
