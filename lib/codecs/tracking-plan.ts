import { isLeft } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import type { ConfigPatch } from '../config/options.js';
import { resolveConfig } from '../config/resolve-config.js';
import type { AnalyticsEvent, DataOf, EventDefaults, EventInput } from '../event/event.js';
import { checkKeys } from '../internal/check-keys.js';
import { checkArgument, oneOf } from '../internal/check-option.js';
import { anObject } from './expectations.js';
import { literalOf, nonEmptyString } from './fields.js';
import { formatErrors } from './format-errors.js';
import { guarded } from './guarded.js';
import { readyEvent, type PlannedEvent, type ReadyEvent } from './planned-event.js';

export interface TrackingPlanOptions {
  /** Whether `validate` lets events pass whose type is not in the plan. @default 'reject' */
  readonly unknownTypes?: 'reject' | 'allow' | undefined;
}

/** A plan, ready for use. Its functions need no `this`. */
export interface TrackingPlan<E extends AnalyticsEvent> {
  /**
   * All that a collector needs of the plan, to be spread into its options: `{ ...plan.options, sinks }`. A configuration of your own goes
   * beside the plan's: `{ ...plan.options, config: { ...plan.config, batch: { maxCount: 50 } } }`.
   */
  readonly options: {
    readonly validate: (event: E) => string | undefined;
    readonly config: ConfigPatch;
    readonly eventDefaults: Readonly<Record<string, EventDefaults>>;
  };
  /** Says what is wrong with an event, a line for each fault, without any value; or nothing. */
  readonly validate: (event: AnalyticsEvent) => string | undefined;
  /** The `overrides` that the plan comes to. */
  readonly config: ConfigPatch;
  /** Of the plan's events, whole: for `decodeEvents`, say. */
  readonly codec: t.Type<E>;
  /** An event to be handed to `collect` or `createEvent`, with the plan's category and priority, unless `more` has others. */
  readonly event: <K extends E['type']>(type: K, ...rest: DataAndMore<DataOf<E, K>>) => EventInput<Extract<E, { readonly type: K }>>;
}

/** @inline */
type More = Omit<EventInput, 'type' | 'data'>;
/** @inline */
type DataAndMore<D> = undefined extends D ? [data?: D, more?: More] : [data: D, more?: More];

/** @inline */
type Definition = Readonly<Record<string, PlannedEvent>>;

/** The events of a definition. A payload has the form that its codec encodes to: so it travels. */
export type PlannedEvents<D extends Definition> = {
  [K in keyof D & string]: AnalyticsEvent<K, D[K] extends { readonly data: infer C extends t.Mixed } ? t.OutputOf<C> : undefined>;
}[keyof D & string];

/** The union of a plan's events: `type ShopEvent = PlanEvents<typeof plan>`. */
export type PlanEvents<P extends { readonly codec: t.Any }> = t.TypeOf<P['codec']>;

/**
 * One definition of an application's events: their static types, the check of their payloads, their category, priority and sampling.
 *
 * An event is valid when its type is in the plan and its payload decodes. The collector's event stays as it came: a plan checks and changes
 * nothing. Where a codec's types differ, as with dates, payloads are of the type that it encodes to.
 *
 * @throws TypeError for a definition or option that can't be used
 * @throws ConfigError for an `enabled`, `sampling` or `minPriority` that can't, or for a key that is none
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
export function trackingPlan<D extends Definition>(definition: D, options: TrackingPlanOptions = {}): TrackingPlan<PlannedEvents<D>> {
  checkKeys(options, { unknownTypes: true });
  const { unknownTypes = 'reject' } = options;
  checkArgument('definition', definition, anObject);
  checkArgument('unknownTypes', unknownTypes, oneOf(['reject', 'allow']));
  const events = new Map(Object.entries(definition).map(([type, planned]) => [type, readyEvent(type, planned)]));
  const config: ConfigPatch = { overrides: recordOf(events, ({ override }) => override) };
  // Its faults are better found here than by the collector.
  resolveConfig(config);
  const typed = typedCodec([...events.keys()]);

  const validate = (event: AnalyticsEvent): string | undefined => {
    // Collectors hand in events; other callers may have anything.
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

/** Of anything that has one of these types. */
function typedCodec(types: readonly string[]): Typed {
  return t.type({ type: literalOf(types, nameOf(types)) });
}

/** Left to io-ts where the types can be listed. */
function nameOf({ length }: readonly string[]): string | undefined {
  if (length === 0) return 'a type of the plan, which has none';
  return length > MAX_LISTED ? `one of the ${String(length)} types of the plan` : undefined;
}

const MAX_LISTED = 10;

/** Each event by the codec of its type: io-ts's union would try them in a row, and call them all by name when none fits. */
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

/** By type, of those events that have something there. */
function recordOf<T extends object>(events: ReadonlyMap<string, ReadyEvent>, pick: (event: ReadyEvent) => T): Readonly<Record<string, T>> {
  const entries = [...events].map(([type, event]) => [type, pick(event)] as const);
  return Object.fromEntries(entries.filter(([, picked]) => Object.keys(picked).length > 0));
}
