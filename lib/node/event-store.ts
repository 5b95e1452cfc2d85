import type { Observable, ObservableInput, ObservedValueOf } from 'rxjs';
import type { AnalyticsEvent, EventCategory } from '../event/event.js';
import type {
  EventCountKey,
  EventCountOptions,
  EventCount,
  EventPercentiles,
  EventCountKeyOf,
  EventPageOptions,
  EventPercentileOptions,
  EventScanOptions,
  EventScanProjection,
} from './event-query.js';
import type { EventRetentionLimits } from './retention.js';

/** What has become of events that were offered to a store. */
export interface StoreAppendResult<E> {
  readonly stored: number;
  /** Those whose id was there already. */
  readonly duplicates: number;
  /** Those that have no JSON form, or lack what they are found by. */
  readonly failed: readonly E[];
  /** Why the first of them failed. */
  readonly cause?: unknown;
}

export interface EventStoreStats {
  readonly events: number;
  /** How many offered events they stand for. */
  readonly weight: number;
  /** The first and the last `timestamp`. */
  readonly oldest?: number | undefined;
  readonly newest?: number | undefined;
  /** Of the database, in use. */
  readonly bytes: number;
  /** Events that were offered since it was opened, and were there already. */
  readonly duplicates: number;
}

/**
 * Events in a SQLite database: each once, whatever is repeated, and found by time, type, category and session.
 *
 * Everything happens at the call, on the thread that calls. What fails throws a `SinkError`: a database that is busy, or a disk that is
 * full, is `unavailable` and worth a retry; one that is read-only, damaged or closed is `write_failed` and is not. `code` is SQLite's
 * own, `'SQLITE_BUSY'`, whichever driver is in use, or `'STORE_CLOSED'`. Each query also exists as an Observable, whose name ends in `$`: it
 * reads when it is subscribed to, page by page.
 */
export interface EventStore<E extends AnalyticsEvent = AnalyticsEvent> {
  /** Stores events, in one transaction: all of them that can be, or none and an error. */
  append(events: readonly E[]): StoreAppendResult<E>;
  byTime(options?: EventPageOptions): E[];
  byType(type: E['type'], options?: EventPageOptions): E[];
  byCategory(category: EventCategory, options?: EventPageOptions): E[];
  bySession(sessionId: string, options?: EventPageOptions): E[];
  byTime$: EventScan<[], E>;
  byType$: EventScan<[type: E['type']], E>;
  byCategory$: EventScan<[category: EventCategory], E>;
  bySession$: EventScan<[sessionId: string], E>;
  /** Groups of events: by a field, the weightiest first; by a stretch of time, in its order. */
  countBy<B extends EventCountKey>(by: B, options?: EventCountOptions): EventCount<EventCountKeyOf<B>>[];
  countBy$<B extends EventCountKey>(by: B, options?: EventCountOptions): Observable<EventCount<EventCountKeyOf<B>>>;
  /** Weighted percentiles of a number in the events' data: `percentiles([0.5, 0.99], { category: 'performance', by: 'type' })`. */
  percentiles<B extends EventCountKey | undefined = undefined>(
    shares: readonly number[],
    options?: EventPercentileOptions<B>,
  ): EventPercentiles<EventCountKeyOf<B>>[];
  percentiles$<B extends EventCountKey | undefined = undefined>(
    shares: readonly number[],
    options?: EventPercentileOptions<B>,
  ): Observable<EventPercentiles<EventCountKeyOf<B>>>;
  stats(): EventStoreStats;
  /** Deletes what is too old or too much, all of it; gives how many events that were. */
  retain(limits: EventRetentionLimits): number;
  /** Gives back the room of what has been deleted. It takes its time, and as much room again while it does. */
  compact(): void;
  /** Makes durable what was appended. */
  flush(): void;
  /** Closes the file. A second call does nothing; any other call throws from then on. */
  close(): void;
}

/** A query as an Observable: of the events, or, with `project`, of what is made of them one after the other. */
export interface EventScan<A extends readonly unknown[], E> {
  <O extends ObservableInput<unknown>>(...args: [...A, EventScanProjection<E, O>]): Observable<ObservedValueOf<O>>;
  (...args: [...A, EventScanOptions?]): Observable<E>;
}
