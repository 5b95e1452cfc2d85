import type { ObservableInput, SchedulerLike } from 'rxjs';
import type { EventCategory } from '../event/event.js';

/** A range of events by their `timestamp`, in milliseconds since the epoch. */
export interface EventTimeRange {
  /** Inclusive. @default no lower bound */
  readonly from?: number | undefined;
  /** Exclusive. @default no upper bound */
  readonly to?: number | undefined;
}

/** Events that match all of the given fields. */
export interface EventFilter extends EventTimeRange {
  readonly type?: string | undefined;
  readonly category?: EventCategory | undefined;
  readonly sessionId?: string | undefined;
}

/** One page of a query's result, ordered by `timestamp`; events of the same millisecond are in the order of their arrival. */
export interface EventPageOptions extends EventTimeRange {
  /** The last event of the previous page: this page starts after it. @default starts at the beginning */
  readonly after?: { readonly id: string; readonly timestamp: number } | undefined;
  /** Maximum number of events. @default Infinity */
  readonly limit?: number | undefined;
  /** Reverses the order, also for `after`. @default false */
  readonly newestFirst?: boolean | undefined;
}

/** How an Observable reads a query's result. */
export interface EventScanOptions extends EventTimeRange {
  /** Reverses the order. @default false */
  readonly newestFirst?: boolean | undefined;
  /** Number of events that are read and held at a time. @default 500 */
  readonly pageSize?: number | undefined;
  /** Schedules the next page, so that other work can run between pages. @default asyncScheduler, which keeps the process alive until the last page */
  readonly scheduler?: SchedulerLike | undefined;
}

export interface EventScanProjection<E, O extends ObservableInput<unknown>> extends EventScanOptions {
  /** Called with each event; its values are the result's. The next event is read after it completes. */
  readonly project: (event: E) => O;
}

/** What events are grouped by: a field, or the minute, hour or day (UTC) of their `timestamp`. */
export type EventCountKey = 'type' | 'category' | 'sessionId' | 'minute' | 'hour' | 'day';

export interface EventCountOptions extends EventFilter {
  /** Maximum number of groups. @default Infinity */
  readonly limit?: number | undefined;
}

/** A group of events. */
export interface EventCount<K = string | number | undefined> {
  /** The type, category or session; or the start of the minute, hour or day in milliseconds since the epoch. */
  readonly key: K;
  readonly count: number;
  /** Number of offered events that they represent. A weight counts at most 2^32. */
  readonly weight: number;
}

export interface EventPercentileOptions<B extends EventCountKey | undefined = EventCountKey | undefined> extends EventFilter {
  /** Path of the number in each event. Events without a number there are left out. @default 'data.value' */
  readonly of?: string | undefined;
  /** Groups the result. @default one row for all events */
  readonly by?: B | undefined;
}

export interface EventPercentiles<K = string | number | undefined> extends EventCount<K> {
  /** For each requested share, the smallest value that at least this share of the weight doesn't exceed. */
  readonly values: readonly number[];
}

/** The type of a group's key. */
export type EventCountKeyOf<B extends EventCountKey | undefined> = B extends 'minute' | 'hour' | 'day'
  ? number
  : B extends 'type' | 'category'
    ? string
    : B extends undefined
      ? undefined
      : string | undefined;
