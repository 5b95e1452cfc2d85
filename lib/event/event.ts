/** What an event is about; decides the policy that applies to it. */
export type EventCategory = 'usage' | 'performance' | 'error' | 'business' | 'security' | 'system' | 'custom';

/** How much an event matters, in ascending order. A `'critical'` one cuts its batch at once. */
export type EventPriority = 'low' | 'normal' | 'high' | 'critical';

/** Where an event comes from. A collector always sets `os`, `arch`, `locale` and `timezoneOffset`; other keys are the user's. */
export interface EventMetadata {
  readonly appVersion?: string | undefined;
  readonly os?: string | undefined;
  readonly arch?: string | undefined;
  /** BCP 47 tag. */
  readonly locale?: string | undefined;
  /** Minutes, as `Date.prototype.getTimezoneOffset` gives it: positive west of UTC. */
  readonly timezoneOffset?: number | undefined;
  readonly [key: string]: unknown;
}

/** One thing that happened, as every operator, subscriber and sink sees it. */
export interface AnalyticsEvent<T extends string = string, D = unknown> {
  /** UUID v7, fixed at capture and ascending within a collector; a caller's own id is kept. */
  readonly id: string;
  /** What happened, in snake_case by advice. */
  readonly type: T;
  readonly category: EventCategory;
  readonly priority: EventPriority;
  /** Milliseconds since the epoch at capture, from the scheduler's clock; a caller's own is kept. */
  readonly timestamp: number;
  /** Always set on `events$` and in batches: the collector's, when the event had none. */
  readonly sessionId?: string | undefined;
  /** The payload, taken by reference and never written to. */
  readonly data: D;
  readonly metadata: EventMetadata;
  /** How many offered events this one represents: 1 unless sampled. */
  readonly weight: number;
}

/** What events of one type are given that don't say it themselves. */
export interface EventDefaults {
  /** @default that of the type, `'custom'` for one that isn't built in */
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
  /** @default that of the type, `'custom'` for one that isn't built in */
  readonly category?: EventCategory | undefined;
  /** @default 'normal' */
  readonly priority?: EventPriority | undefined;
  /** Milliseconds since the epoch, a `Date`, or an ISO 8601 string: a date, or a date and time with its offset. @default now */
  readonly timestamp?: number | Date | string | undefined;
  /** @default the collector's */
  readonly sessionId?: string | undefined;
  /** Added to the collector's; takes precedence over it. */
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

/** Why a batch was cut: full, too heavy, too old, urgent, asked for, or the source ended. */
export type FlushReason = 'count' | 'bytes' | 'age' | 'urgent' | 'flush' | 'complete';

/** Events that travel together. `events` is frozen: what one sink or subscriber does cannot reach another. */
export interface EventBatch<E = AnalyticsEvent> {
  readonly id: string;
  /** Starts at 1 and grows by 1; never repeats within a collector. */
  readonly sequence: number;
  /** Milliseconds since the epoch at the cut. */
  readonly createdAt: number;
  readonly events: readonly E[];
  readonly reason: FlushReason;
  /** For a batch whose content changed after an attempt: the id that was last attempted. */
  readonly parentId?: string;
}
