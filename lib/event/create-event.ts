import { asyncScheduler } from 'rxjs';
import { categoryOf, isCategory } from './categories.js';
import { environmentMetadata } from './environment-metadata.js';
import { epochMs } from './epoch-ms.js';
import type { AnalyticsEvent, EventDefaults, EventFields, EventInput, EventMetadata } from './event.js';
import { mergeMetadata } from './merge-metadata.js';
import { aFunction, aNonEmptyString, anObject, isNonEmptyString, isObject } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { newId } from './new-id.js';
import { isPriority } from './priority.js';

/** The fields of an event that are replaced by a default if they can't be used. */
export type ReplaceableField = Exclude<keyof EventFields, 'id'>;

/** The values of fields that an event doesn't set. */
export interface CaptureEnv {
  now(): number;
  newId(): string;
  readonly sessionId: string | undefined;
  /** All events without their own metadata share this object, so it is frozen. */
  readonly metadata: EventMetadata;
  /** Default category and priority, by event type. */
  readonly defaults?: ReadonlyMap<string, EventDefaults> | undefined;
  /** Called with each field whose value can't be used. */
  readonly onUnusable?: ((field: ReplaceableField, value: unknown) => void) | undefined;
}

/**
 * Creates an event from an input.
 *
 * An optional field that can't be used is replaced by its default, except for `id`: it is the event's identity. The input is not changed, and each of
 * its fields is read once.
 *
 * @throws TypeError if it is not an object, or its type or a given id is not a non-empty string; and what its getters throw
 */
export function captureEvent(input: unknown, env: CaptureEnv): AnalyticsEvent {
  if (typeof input !== 'object' || input === null) throw new TypeError(`Expected an event to be an object, got ${kindOf(input)}`);
  const { id, type, category, priority, timestamp, sessionId, data, metadata, weight } = input as Readonly<Record<string, unknown>>;
  if (!isNonEmptyString(type)) throw new TypeError(`Expected \`type\` to be a non-empty string, got ${kindOf(type)}`);
  if (id !== undefined && !isNonEmptyString(id)) throw new TypeError(`Expected \`id\` to be a non-empty string, got ${kindOf(id)}`);
  const defaults = env.defaults?.get(type);
  // One literal, always with the same nine fields in the same order, takes 10 ns. A spread would take up to 3 µs.
  return {
    id: id ?? env.newId(),
    type,
    category: isCategory(category) ? category : (unusable(env, 'category', category) ?? defaults?.category ?? categoryOf(type)),
    priority: isPriority(priority) ? priority : (unusable(env, 'priority', priority) ?? defaults?.priority ?? 'normal'),
    timestamp: timestamp === undefined ? env.now() : (epochMs(timestamp) ?? unusable(env, 'timestamp', timestamp) ?? env.now()),
    sessionId: isNonEmptyString(sessionId) ? sessionId : (unusable(env, 'sessionId', sessionId) ?? env.sessionId),
    data,
    metadata: isObject(metadata) ? mergeMetadata(env.metadata, metadata) : (unusable(env, 'metadata', metadata) ?? env.metadata),
    weight: isWeight(weight) ? weight : (unusable(env, 'weight', weight) ?? 1),
  };
}

/** The largest weight: sums of weights stay exact. */
const MAX_WEIGHT = 2 ** 32;

export const isWeight = (value: unknown): value is number => typeof value === 'number' && value >= 1 && value <= MAX_WEIGHT;

/** Reports a value that can't be used, unless the field was left out. */
function unusable({ onUnusable }: CaptureEnv, field: ReplaceableField, value: unknown): undefined {
  if (value !== undefined) onUnusable?.(field, value);
}

/** Doesn't show the value, which may be personal. */
const kindOf = (value: unknown): string => (value === null ? 'null' : value === '' ? 'an empty one' : typeof value);

/** The options of `createEvent`. */
export interface EventEnv {
  /** Milliseconds since the epoch. @default the clock of `asyncScheduler` */
  readonly now?: (() => number) | undefined;
  /** @default UUID v7, ascending */
  readonly newId?: (() => string) | undefined;
  /** For an event without one. @default none */
  readonly sessionId?: string | undefined;
  /** Added to os, arch, locale and timezoneOffset; the event's own takes precedence. @default none */
  readonly metadata?: EventMetadata | undefined;
}

const ENV = /* @__PURE__ */ optionsOf<EventEnv, 'sessionId' | 'metadata'>(() => ({
  now: [aFunction, () => asyncScheduler.now()],
  newId: [aFunction, newId],
  sessionId: [aNonEmptyString],
  metadata: [anObject],
}));

/**
 * The input of `createEvent`, from which type and payload are inferred.
 *
 * @inline
 */
type NewEvent<T extends string, D> = EventFields & { readonly type: T; readonly data?: D };

/**
 * Creates an event from its type, its payload and optional fields, as `collect` does.
 *
 * An optional field that can't be used is replaced by its default. The input is not changed, and its `data` is used by reference.
 *
 * @throws TypeError if the input is not an object, or its type or a given id is not a non-empty string; and for an invalid or unknown option of
 * `env`
 * @example
 * const event = createEvent({ type: 'cache_miss', data: { key: 'user:1' } });
 * expect(event.category).to.equal('performance');
 * expect(event.priority).to.equal('normal');
 */
export function createEvent<const T extends string, D = undefined>(input: NewEvent<T, D>, env?: EventEnv): AnalyticsEvent<T, D>;
export function createEvent<E extends AnalyticsEvent>(input: EventInput<E>, env?: EventEnv): E;
export function createEvent(input: EventInput, env: EventEnv = {}): AnalyticsEvent {
  const { metadata, ...given } = ENV.parse(env);
  return captureEvent(input, { ...given, metadata: mergeMetadata(environmentMetadata(), metadata) });
}
