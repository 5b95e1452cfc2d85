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
  /** Reverses the order, including that of `after`. @default false */
  readonly newestFirst?: boolean | undefined;
}

/** Options for reading a query's result through an Observable. */
export interface EventScanOptions extends EventTimeRange {
  /** Reverses the order. @default false */
  readonly newestFirst?: boolean | undefined;
  /** Number of events that are read and held in memory at a time. @default 500 */
  readonly pageSize?: number | undefined;
  /** Schedules the next page, so that other work can run between pages. @default asyncScheduler, which keeps the process alive until the last page */
  readonly scheduler?: SchedulerLike | undefined;
}

export interface EventScanProjection<E, O extends ObservableInput<unknown>> extends EventScanOptions {
  /** Called with each event. Its values are emitted by the result; the next event follows when it has completed. */
  readonly project: (event: E) => O;
}

/** An interval of time in UTC. A week starts on Monday. */
export type EventTimeUnit = 'minute' | 'hour' | 'day' | 'week';

/** The path of a value in each event: `'data.user.plan'`. Names consist of letters, digits and `_`. */
export type EventPath = `data.${string}` | `metadata.${string}`;

/** The key by which events are grouped: a field, a string, number or boolean at a path, or the interval of their `timestamp`. */
export type EventCountKey = 'type' | 'category' | 'priority' | 'sessionId' | EventTimeUnit | EventPath;

/** The key that identifies the events of a session, user or other actor. */
export type EventActorKey = 'sessionId' | EventPath;

/** A value by which events are grouped; `undefined` for events without one. */
export type EventKeyValue = string | number | boolean | undefined;

/** One key, or several. */
export type EventGrouping = EventCountKey | readonly EventCountKey[];

export interface EventCountOptions extends EventFilter {
  /** Maximum number of groups. @default Infinity */
  readonly limit?: number | undefined;
}

/** A group of events. */
export interface EventCount<K = EventKeyValue | readonly EventKeyValue[]> {
  /**
   * The value of the key; or the start of the minute, hour, day or week in milliseconds since the epoch. For a list of keys, the list of
   * values. Events without a value, such as those with an object or `null` at a path, form the group `undefined`.
   */
  readonly key: K;
  readonly count: number;
  /** Number of offered events that the stored ones represent. A weight counts at most 2^32. */
  readonly weight: number;
}

export interface EventPercentileOptions<B extends EventGrouping | undefined = EventGrouping | undefined> extends EventFilter {
  /** Path of the number in each event. Events without a number there are left out. @default 'data.value' */
  readonly of?: string | undefined;
  /** Groups the result. @default one row for all events */
  readonly by?: B | undefined;
}

export interface EventPercentiles<K = EventCount['key']> extends EventCount<K> {
  /** The weighted percentile for each requested share: the smallest value such that values up to it have at least this share of the total weight. */
  readonly values: readonly number[];
}

/** The type of a group's key. */
export type EventCountKeyOf<B extends EventGrouping | undefined> = B extends readonly EventCountKey[]
  ? { readonly [I in keyof B]: EventCountKeyOf<B[I] extends EventCountKey ? B[I] : never> }
  : B extends EventTimeUnit
    ? number
    : B extends 'type' | 'category'
      ? string
      : B extends 'priority' | 'sessionId'
        ? string | undefined
        : B extends string
          ? EventKeyValue
          : undefined;

/**
 * How the stored events were sampled, for queries that count actors instead of events.
 *
 * The weight of an event is the number of events that it represents, not the number of users. If one event in ten was kept, a user who sent 20 events
 * probably still has some in the store, so multiplying that user by 10 would be wrong. A weight is a number of actors only if all events of an actor
 * were kept or dropped together.
 *
 * | value | an event with a weight other than 1 |
 * |---|---|
 * | `'none'` | is refused with a TypeError |
 * | `'consistent'` | was kept by `sampling.consistent` with this key: each actor counts with its weight. Recomputed for each actor, and refused with a TypeError if the strategy would have dropped it |
 * | `'trusted'` | like `'consistent'`, without that check: use it if another program sampled by this key, or if the key was redacted or added later |
 * | `'ignored'` | counts as 1: the result describes the stored events only, and is a lower bound |
 */
export type ActorSampling = 'none' | 'consistent' | 'trusted' | 'ignored';

export interface EventActorOptions extends EventFilter {
  /** @default 'none' */
  readonly sampling?: ActorSampling | undefined;
}

export interface EventDistinctOptions<B extends EventGrouping | undefined = EventGrouping | undefined> extends EventActorOptions {
  /** Groups the result. @default one row for all events */
  readonly by?: B | undefined;
}

/** The number of different values in a group of events. */
export interface EventDistinct<K = EventCount['key']> {
  readonly key: K;
  /** Number of different values among the stored events. */
  readonly count: number;
  /** Estimated number of different values, including those whose events were all sampled out. */
  readonly weight: number;
}

/** The actors that reached a step of a funnel. */
export interface EventFunnelStep {
  /** The type of the step's events. */
  readonly type: string;
  /** Number of actors among the stored events. */
  readonly count: number;
  /** Number of actors that the stored ones represent. */
  readonly weight: number;
}

export interface EventRetentionOptions extends EventActorOptions {
  /** Maximum number of values per cohort, the first unit included. @default 30 */
  readonly periods?: number | undefined;
}

/** The actors whose first event was in the same minute, hour, day or week. */
export interface EventCohort {
  /** Start of that interval in milliseconds since the epoch. */
  readonly key: number;
  /** Number of actors among the stored events. */
  readonly count: number;
  /** Number of actors that the stored ones represent. */
  readonly weight: number;
  /** `values[n]`: number of actors (by weight) with an event `n` units later, up to the unit of the newest event. `values[0]` is `weight`. */
  readonly values: readonly number[];
}
