import { isLeft } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import type { ConfigPatch } from '../config/options.js';
import { resolveConfig } from '../config/resolve-config.js';
import type { AnalyticsEvent, DataOf, EventDefaults, EventInput } from '../event/event.js';
import { anObject, checkArgument, oneOf } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { literalOf, nonEmptyString } from './fields.js';
import { formatErrors } from './format-errors.js';
import { guarded } from './guarded.js';
import { readyEvent, type PlannedEvent, type ReadyEvent } from './planned-event.js';

export interface TrackingPlanOptions {
  /** Whether events with a type that is not in the plan are valid. @default 'reject' */
  readonly unknownTypes?: 'reject' | 'allow' | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<TrackingPlanOptions>(() => ({
  unknownTypes: [/* @__PURE__ */ oneOf(['reject', 'allow']), 'reject'],
}));

/** A tracking plan. Its functions can be called without `this`. */
export interface TrackingPlan<E extends AnalyticsEvent> {
  /**
   * Collector options: `{ ...plan.options, sinks }`. To add configuration, write
   * `{ ...plan.options, config: { ...plan.config, batch: { maxCount: 50 } } }`.
   */
  readonly options: {
    readonly validate: (event: E) => string | undefined;
    readonly config: ConfigPatch;
    readonly eventDefaults: Readonly<Record<string, EventDefaults>>;
  };
  /** Returns the faults of an event, one per line and without values, or `undefined`. */
  readonly validate: (event: AnalyticsEvent) => string | undefined;
  /** The plan's `overrides`. */
  readonly config: ConfigPatch;
  /** A codec for the plan's complete events, for instance for `decodeEvents`. */
  readonly codec: t.Type<E>;
  /** Builds an input for `collect` or `createEvent`, with the plan's category and priority unless `more` has its own. */
  readonly event: <K extends E['type']>(type: K, ...rest: DataAndMore<DataOf<E, K>>) => EventInput<Extract<E, { readonly type: K }>>;
}

/** @inline */
type More = Omit<EventInput, 'type' | 'data'>;
/** @inline */
type DataAndMore<D> = undefined extends D ? [data?: D, more?: More] : [data: D, more?: More];

/** @inline */
type Definition = Readonly<Record<string, PlannedEvent>>;

/** The events of a definition. A payload has its codec's output type: the form that is sent. */
export type PlannedEvents<D extends Definition> = {
  [K in keyof D & string]: AnalyticsEvent<K, D[K] extends { readonly data: infer C extends t.Mixed } ? t.OutputOf<C> : undefined>;
}[keyof D & string];

/** The union of a plan's events: `type ShopEvent = PlanEvents<typeof plan>`. */
export type PlanEvents<P extends { readonly codec: t.Any }> = t.TypeOf<P['codec']>;

/**
 * Defines an application's events in one place: static types, payload validation, category, priority and sampling.
 *
 * An event is valid if its type is in the plan and its payload decodes. The plan only validates; it doesn't change the collector's event. If a
 * codec's input and output types differ, as with dates, payloads have the output type.
 *
 * @throws TypeError for an invalid definition, an unknown key of one, and an invalid or unknown option
 * @throws ConfigError for an invalid `enabled`, `sampling` or `minPriority`
 * @example
 * const plan = trackingPlan({
 *   checkout_completed: { category: 'business', priority: 'high', data: t.type({ total: t.number }) },
 *   page_viewed: { sampling: { rate: 0.1, minPerWindow: 10, windowMs: 60_000 } },
 * });
 * const collector = new EventCollector<PlanEvents<typeof plan>>({ ...plan.options, sinks: [] });
 * expect(collector.track('checkout_completed', { total: 12 })).to.equal('accepted');
 * const wrong = createEvent({ type: 'checkout_completed', data: { total: 'twelve' } });
 * expect(plan.validate(wrong)).to.equal('Expected `data.total` to be number, got a string');
 */
export function trackingPlan<D extends Definition>(definition: D, options?: TrackingPlanOptions): TrackingPlan<PlannedEvents<D>> {
  checkArgument('definition', definition, anObject);
  const { unknownTypes } = OPTIONS.parse(options);
  const events = new Map(Object.entries(definition).map(([type, planned]) => [type, readyEvent(type, planned)]));
  const config: ConfigPatch = { overrides: recordOf(events, ({ override }) => override) };
  // Report faults here rather than in the collector's constructor.
  resolveConfig(config);
  const typed = typedCodec([...events.keys()]);

  const validate = (event: AnalyticsEvent): string | undefined => {
    // A collector passes events; other callers may pass anything.
    const planned = events.get((event as AnalyticsEvent | null | undefined)?.type as string);
    const codec = planned?.carrier ?? (unknownTypes === 'allow' ? TYPED : typed);
    return codec.is(event) ? undefined : faultOf(codec.decode(event));
  };

  return {
    options: { validate, config, eventDefaults: recordOf(events, ({ defaults }) => defaults) },
    validate,
    config,
    codec: planCodec(events, typed),
    event: (type, ...[data, more]) => ({ ...events.get(type)?.defaults, ...more, type, data }) as never,
  };
}

const faultOf = (decoded: t.Validation<unknown>): string | undefined =>
  isLeft(decoded) ? formatErrors(decoded.left).join('\n') : undefined;

type Typed = t.Type<{ readonly type: string }>;

const TYPED: Typed = /* @__PURE__ */ t.type({ type: nonEmptyString });

/** A codec for any object with one of these types. */
function typedCodec(types: readonly string[]): Typed {
  return t.type({ type: literalOf(types, nameOf(types)) });
}

/** `undefined` leaves the name to io-ts, which lists the types. */
function nameOf({ length }: readonly string[]): string | undefined {
  if (length === 0) return 'a type of the plan, which is empty';
  return length > MAX_LISTED ? `one of the ${String(length)} types of the plan` : undefined;
}

const MAX_LISTED = 10;

/** Selects the codec by the event's type. io-ts's union would try all codecs in turn, and list all of them in its error. */
function planCodec(events: ReadonlyMap<string, ReadyEvent>, typed: Typed): t.Mixed {
  const codecOf = (value: unknown): t.Mixed | undefined => (typed.is(value) ? events.get(value.type)?.event : undefined);
  return guarded(
    'PlannedEvent',
    new t.Type<unknown>(
      'PlannedEvent',
      (value): value is unknown => codecOf(value)?.is(value) === true,
      (value, context) => (codecOf(value) ?? typed).validate(value, context),
      t.identity,
    ),
  );
}

/** Picks a part of each event, by type; empty parts are left out. */
function recordOf<T extends object>(events: ReadonlyMap<string, ReadyEvent>, pick: (event: ReadyEvent) => T): Readonly<Record<string, T>> {
  const entries = [...events].map(([type, event]) => [type, pick(event)] as const);
  return Object.fromEntries(entries.filter(([, picked]) => Object.keys(picked).length > 0));
}
