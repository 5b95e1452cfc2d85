import type { Observable, ObservableInput, ObservedValueOf } from 'rxjs';
import type { AnalyticsEvent, EventCategory } from '../event/event.js';
import type {
  EventActorKey,
  EventActorOptions,
  EventCohort,
  EventCount,
  EventCountKeyOf,
  EventCountOptions,
  EventDistinct,
  EventDistinctOptions,
  EventFunnelStep,
  EventGrouping,
  EventPageOptions,
  EventPercentileOptions,
  EventPercentiles,
  EventRetentionOptions,
  EventScanOptions,
  EventScanProjection,
  EventTimeUnit,
} from './event-query.js';
import type { EventRetentionLimits } from './retention.js';

/** The outcome of storing events. */
export interface StoreAppendResult<E> {
  readonly stored: number;
  /** Number of events whose id was already in the store. */
  readonly duplicates: number;
  /** Events without a JSON form, or with fields that no query could find. */
  readonly failed: readonly E[];
  /** The error of the first failed event. */
  readonly cause?: unknown;
}

export interface EventStoreStats {
  readonly events: number;
  /** Number of offered events that the stored ones represent. */
  readonly weight: number;
  /** The earliest and the latest `timestamp`. */
  readonly oldest?: number | undefined;
  readonly newest?: number | undefined;
  /** Size of the database in use and of its write-ahead log. */
  readonly bytes: number;
  /** Number of appended duplicates since the store was opened. */
  readonly duplicates: number;
}

/**
 * Events in a SQLite database. Ids are unique, and events can be queried by time, type, category and session.
 *
 * All calls are synchronous. Failures throw a `SinkError`: a busy database or a full disk is `unavailable` and retryable; a read-only, damaged,
 * closed, deleted or replaced database is `write_failed` and not retryable. `code` is SQLite's own with any driver (`'SQLITE_BUSY'`), or
 * `'STORE_CLOSED'`, `'DATABASE_GONE'` or `'ROW_NOT_JSON'`. Invalid or unknown query options throw a TypeError. Queries whose name ends in `$` return
 * an Observable, which reads page by page when it is subscribed to.
 */
export interface EventStore<E extends AnalyticsEvent = AnalyticsEvent> {
  /** Stores all events that can be stored, in one transaction. If that fails, stores none and throws. */
  append(events: readonly E[]): StoreAppendResult<E>;
  byTime(options?: EventPageOptions): E[];
  byType(type: E['type'], options?: EventPageOptions): E[];
  byCategory(category: EventCategory, options?: EventPageOptions): E[];
  bySession(sessionId: string, options?: EventPageOptions): E[];
  byTime$: EventScan<[], E>;
  byType$: EventScan<[type: E['type']], E>;
  byCategory$: EventScan<[category: EventCategory], E>;
  bySession$: EventScan<[sessionId: string], E>;
  /**
   * Groups events: `countBy('type')`, `countBy('data.plan')`. With several keys, there is one group for each combination: `countBy(['minute',
   * 'type'])`. Intervals are ordered by time, other groups by weight, heaviest first.
   */
  countBy<const B extends EventGrouping>(by: B, options?: EventCountOptions): EventCount<EventCountKeyOf<B>>[];
  countBy$<const B extends EventGrouping>(by: B, options?: EventCountOptions): Observable<EventCount<EventCountKeyOf<B>>>;
  /** Weighted percentiles of a number in the events' data: `percentiles([0.5, 0.99], { category: 'performance', by: 'type' })`. */
  percentiles<const B extends EventGrouping | undefined = undefined>(
    shares: readonly number[],
    options?: EventPercentileOptions<B>,
  ): EventPercentiles<EventCountKeyOf<B>>[];
  percentiles$<const B extends EventGrouping | undefined = undefined>(
    shares: readonly number[],
    options?: EventPercentileOptions<B>,
  ): Observable<EventPercentiles<EventCountKeyOf<B>>>;
  /**
   * Counts different values: `countDistinct('data.user_id', { by: 'day' })`. Events without a string, number or boolean at the path are left out.
   *
   * @throws TypeError for sampled events, unless `sampling` states that they were sampled by `of`
   */
  countDistinct<const B extends EventGrouping | undefined = undefined>(
    of: EventActorKey,
    options?: EventDistinctOptions<B>,
  ): EventDistinct<EventCountKeyOf<B>>[];
  countDistinct$<const B extends EventGrouping | undefined = undefined>(
    of: EventActorKey,
    options?: EventDistinctOptions<B>,
  ): Observable<EventDistinct<EventCountKeyOf<B>>>;
  /**
   * Counts the sessions or users that reached steps in order: `funnel(['search', 'view', 'buy'], 'sessionId', 3_600_000)`. An actor reaches a step
   * with an event of its type that follows one of the previous step, at most `withinMs` after the event of the first step. Other events may occur in
   * between, and any event of the first type can be the start. Events of the same millisecond are in the order of their arrival. If an actor's events
   * have different weights, it counts with the largest weight of the events that led to the step.
   *
   * @throws TypeError for sampled events, unless `sampling` states that they were sampled by `by`
   */
  funnel(steps: readonly E['type'][], by: EventActorKey, withinMs: number, options?: EventActorOptions): EventFunnelStep[];
  funnel$(steps: readonly E['type'][], by: EventActorKey, withinMs: number, options?: EventActorOptions): Observable<EventFunnelStep>;
  /**
   * Counts the sessions or users that returned, by the time of their first event: `retention('data.user_id', 'week')`. The first event is the
   * earliest stored one that matches the options.
   *
   * @throws TypeError for sampled events, unless `sampling` states that they were sampled by `by`
   */
  retention(by: EventActorKey, unit: EventTimeUnit, options?: EventRetentionOptions): EventCohort[];
  retention$(by: EventActorKey, unit: EventTimeUnit, options?: EventRetentionOptions): Observable<EventCohort>;
  stats(): EventStoreStats;
  /** Deletes all events beyond the limits, and returns their number. */
  retain(limits: EventRetentionLimits): number;
  /** Shrinks the file. This is slow, and temporarily needs twice the space. */
  compact(): void;
  /** Makes the stored events durable, and shrinks the log unless a reader still uses it. */
  flush(): void;
  /** Closes the file. A second call does nothing; other calls throw afterwards. */
  close(): void;
}

/** A query as an Observable of events. With `project`, of the results of `project`, one event after the other. */
export interface EventScan<A extends readonly unknown[], E> {
  <O extends ObservableInput<unknown>>(...args: [...A, EventScanProjection<E, O>]): Observable<ObservedValueOf<O>>;
  (...args: [...A, EventScanOptions?]): Observable<E>;
}
