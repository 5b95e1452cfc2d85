/** The subject of an event. The category decides which policy applies. */
export type EventCategory = 'usage' | 'performance' | 'error' | 'business' | 'security' | 'system' | 'custom';

/** The importance of an event, in ascending order. A `'critical'` event cuts its batch immediately. */
export type EventPriority = 'low' | 'normal' | 'high' | 'critical';

/** Describes the origin of an event. A collector always sets `os`, `arch`, `locale` and `timezoneOffset`; other keys are the user's. */
export interface EventMetadata {
  readonly appVersion?: string | undefined;
  readonly os?: string | undefined;
  readonly arch?: string | undefined;
  /** BCP 47 tag. */
  readonly locale?: string | undefined;
  /** Minutes, as returned by `Date.prototype.getTimezoneOffset`: positive west of UTC. */
  readonly timezoneOffset?: number | undefined;
  readonly [key: string]: unknown;
}

/** An event, as every operator, subscriber and sink receives it. */
export interface AnalyticsEvent<T extends string = string, D = unknown> {
  /** UUID v7, fixed at capture and ascending within a collector; an id that the caller sets is kept. */
  readonly id: string;
  /** The kind of event; snake_case is recommended. */
  readonly type: T;
  readonly category: EventCategory;
  readonly priority: EventPriority;
  /** Milliseconds since the epoch at capture, from the scheduler's clock; a timestamp that the caller sets is kept. */
  readonly timestamp: number;
  /** Always set on `events$` and in batches; by default the collector's session. */
  readonly sessionId?: string | undefined;
  /** The payload, used by reference and never changed. */
  readonly data: D;
  readonly metadata: EventMetadata;
  /** The number of offered events that this one represents: 1 unless sampled. */
  readonly weight: number;
}

/** Category and priority of events of one type that don't set them. */
export interface EventDefaults {
  /** @default the category of the type; `'custom'` if the type isn't built in */
  readonly category?: EventCategory | undefined;
  /** @default 'normal' */
  readonly priority?: EventPriority | undefined;
}

/**
 * The optional fields of an event that is collected. Except for `id`, a value that can't be used is replaced by the default, and reported on
 * `diagnostics$`.
 */
export interface EventFields {
  /** A non-empty string; an event with anything else is `'invalid'`. @default UUID v7, ascending */
  readonly id?: string | undefined;
  /** @default the category of the type; `'custom'` if the type isn't built in */
  readonly category?: EventCategory | undefined;
  /** @default 'normal' */
  readonly priority?: EventPriority | undefined;
  /** Milliseconds since the epoch, a `Date`, or an ISO 8601 string: a date, or a date and time with its offset. @default now */
  readonly timestamp?: number | Date | string | undefined;
  /** @default the collector's session id */
  readonly sessionId?: string | undefined;
  /** Added to the collector's metadata; takes precedence over it. */
  readonly metadata?: EventMetadata | undefined;
  /** The number of events that this one represents, from 1 to 2^32. @default 1 */
  readonly weight?: number | undefined;
}

/** An event as `collect` accepts it: its type, its payload, and optional fields. Distributes over a union of events. */
export type EventInput<E extends AnalyticsEvent = AnalyticsEvent> =
  E extends AnalyticsEvent<infer T, infer D>
    ? EventFields & { readonly type: T } & (undefined extends D ? { readonly data?: D } : { readonly data: D })
    : never;

/** The payload of the events of type `K` among `E`. */
export type DataOf<E extends AnalyticsEvent, K extends E['type']> =
  E extends AnalyticsEvent<infer T, infer D> ? (K extends T ? D : never) : never;

/** Why a batch was cut: by count, bytes, age, urgency, on demand, or because the source completed. */
export type FlushReason = 'count' | 'bytes' | 'age' | 'urgent' | 'flush' | 'complete';

/** Events that are sent together. `events` is frozen, so that one sink or subscriber can't affect another. */
export interface EventBatch<E = AnalyticsEvent> {
  readonly id: string;
  /** Starts at 1 and increases by 1; never repeats within a collector. */
  readonly sequence: number;
  /** When the batch was cut, in milliseconds since the epoch. */
  readonly createdAt: number;
  readonly events: readonly E[];
  readonly reason: FlushReason;
  /** For a batch whose content changed after an attempt: the id that was last attempted. */
  readonly parentId?: string;
}
