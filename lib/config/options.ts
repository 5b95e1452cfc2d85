import type { EventCategory, EventPriority } from '../event/event.js';

/** `off`: nothing is collected; `minimal`: errors only; `balanced`: everything except security; `full`: everything. */
export type PrivacyLevel = 'off' | 'minimal' | 'balanced' | 'full';

/** Keeps the first `minPerWindow` events of a type in each window, and a fraction `rate` of the others. */
export interface SamplingConfig {
  /** From 0 to 1. @default 1 */
  readonly rate: number;
  /** Events per type and window that are kept regardless of the rate. @default 1 */
  readonly minPerWindow: number;
  /** Length of the window in milliseconds. @default 60_000 */
  readonly windowMs: number;
}

export interface BatchConfig {
  /** Events per batch. @default 100 */
  readonly maxCount: number;
  /** UTF-8 bytes of the JSON array of a batch's events. @default Infinity: nothing is measured */
  readonly maxBytes: number;
  /** Milliseconds from a batch's first event to its cut; 0 means no timer. @default 30_000 */
  readonly maxAgeMs: number;
}

export interface QueueConfig {
  /** Maximum number of events in a lane: queued, in flight and awaiting retry. @default 10_000 */
  readonly maxEvents: number;
}

export interface CategoryConfig {
  /** @default true */
  readonly enabled: boolean;
  /** @default the configuration's `sampling`; performance, error and security have their own */
  readonly sampling: SamplingConfig;
  /** @default 'low'; performance and system 'normal' */
  readonly minPriority: EventPriority;
}

/** Settings of one event type; by default those of the event's category apply. */
export interface OverrideConfig {
  readonly enabled?: boolean;
  readonly sampling?: SamplingConfig;
  readonly minPriority?: EventPriority;
}

/** Everything that can be changed while a collector runs. */
export interface CollectorConfig {
  /** @default true */
  readonly enabled: boolean;
  /** @default 'balanced' */
  readonly privacyLevel: PrivacyLevel;
  readonly batch: BatchConfig;
  readonly queue: QueueConfig;
  readonly sampling: SamplingConfig;
  readonly categories: Readonly<Partial<Record<EventCategory, CategoryConfig>>>;
  /** By event type. */
  readonly overrides: Readonly<Record<string, OverrideConfig>>;
}

/** A configuration in which every key is optional, at any depth; `undefined` means the default. */
export type ConfigPatch = DeepPartial<CollectorConfig>;

/** The default configuration; for categories see `categoryDefaults`. */
export const DEFAULTS = {
  enabled: true,
  privacyLevel: 'balanced',
  batch: /* @__PURE__ */ Object.freeze({ maxCount: 100, maxBytes: Infinity, maxAgeMs: 30_000 }),
  queue: /* @__PURE__ */ Object.freeze({ maxEvents: 10_000 }),
  sampling: /* @__PURE__ */ Object.freeze({ rate: 1, minPerWindow: 1, windowMs: 60_000 }),
} as const satisfies Omit<CollectorConfig, 'categories' | 'overrides'>;

const SPARING: SamplingConfig = /* @__PURE__ */ Object.freeze({ rate: 0.1, minPerWindow: 10, windowMs: 60_000 });
const GENEROUS: SamplingConfig = /* @__PURE__ */ Object.freeze({ rate: 1, minPerWindow: 100, windowMs: 60_000 });

/** The default settings of a category. `sampling` is the configuration's. */
export function categoryDefaults(category: EventCategory, sampling: SamplingConfig): CategoryConfig {
  const isSparing = category === 'performance';
  const isGenerous = category === 'error' || category === 'security';
  return Object.freeze<CategoryConfig>({
    enabled: true,
    sampling: isSparing ? SPARING : isGenerous ? GENEROUS : sampling,
    minPriority: isSparing || category === 'system' ? 'normal' : 'low',
  });
}

type DeepPartial<T> = T extends object ? { readonly [K in keyof T]?: DeepPartial<T[K]> | undefined } : T;
