import type { ObservableInput, SchedulerLike } from 'rxjs';
import type { EventCategory } from '../event/event.js';

/** A stretch of time, in milliseconds since the epoch, by the events' own `timestamp`. */
export interface EventTimeRange {
  /** The first that belongs to it. @default the beginning */
  readonly from?: number | undefined;
  /** The first that no longer does. @default the end */
  readonly to?: number | undefined;
}

/** Which events are looked at: those that all of it is true of. */
export interface EventFilter extends EventTimeRange {
  readonly type?: string | undefined;
  readonly category?: EventCategory | undefined;
  readonly sessionId?: string | undefined;
}

/** One page of what a query finds. Events are in the order of their time, and those of one millisecond in that of their arrival. */
export interface EventPageOptions extends EventTimeRange {
  /** Begins behind this event: the last one of the page before. @default at the beginning */
  readonly after?: { readonly id: string; readonly timestamp: number } | undefined;
  /** At most so many. @default Infinity: all of them */
  readonly limit?: number | undefined;
  /** The other way around, `after` included. @default false */
  readonly newestFirst?: boolean | undefined;
}

/** How an Observable goes through what a query finds. */
export interface EventScanOptions extends EventTimeRange {
  readonly newestFirst?: boolean | undefined;
  /** Events that are read, and held, at a time. @default 500 */
  readonly pageSize?: number | undefined;
  /** Gives way to others between pages. @default asyncScheduler: it keeps a process alive until the last page */
  readonly scheduler?: SchedulerLike | undefined;
}

export interface EventScanProjection<E, O extends ObservableInput<unknown>> extends EventScanOptions {
  /** What is done with an event; reading goes on once it has completed. Its values are the result's. */
  readonly project: (event: E) => O;
}

/** What events are counted by: a field of theirs, or the minute, hour or day of UTC that they fall into. */
export type EventCountKey = 'type' | 'category' | 'sessionId' | 'minute' | 'hour' | 'day';

export interface EventCountOptions extends EventFilter {
  /** At most so many groups. @default Infinity */
  readonly limit?: number | undefined;
}

/** Events that have something in common. */
export interface EventCount<K = string | number | undefined> {
  /** A type, category or session; or milliseconds since the epoch, at which the minute, hour or day began. */
  readonly key: K;
  readonly count: number;
  /** How many offered events they stand for. */
  readonly weight: number;
}

export interface EventPercentileOptions<B extends EventCountKey | undefined = EventCountKey | undefined> extends EventFilter {
  /** The number in each event, by its path. Events that have none there are left out. @default 'data.value' */
  readonly of?: string | undefined;
  /** One row for each. @default one row for all */
  readonly by?: B | undefined;
}

export interface EventPercentiles<K = string | number | undefined> extends EventCount<K> {
  /** The smallest value that at least this share of the weight doesn't exceed, for each share that was asked for, in that order. */
  readonly values: readonly number[];
}

/** What a count by `B` has for its keys. */
export type EventCountKeyOf<B extends EventCountKey | undefined> = B extends 'minute' | 'hour' | 'day'
  ? number
  : B extends 'type' | 'category'
    ? string
    : B extends undefined
      ? undefined
      : string | undefined;
