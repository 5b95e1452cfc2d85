/** What the compiler makes of a tracking plan: `npm run types` fails where one of these lines has become wrong. */
import * as t from 'io-ts';
import type { ObservedValueOf } from 'rxjs';
import { decodeEvents } from '../../lib/codecs/decode-events.js';
import { eventCodec } from '../../lib/codecs/event-codec.js';
import { trackingPlan, type PlanEvents } from '../../lib/codecs/tracking-plan.js';
import { EventCollector } from '../../lib/collector/event-collector.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';

interface PositiveBrand {
  readonly Positive: unique symbol;
}
const positive = t.brand(t.number, (n): n is t.Branded<number, PositiveBrand> => n > 0, 'Positive');
const dateFromText = new t.Type<Date, string>(
  'Date',
  (u): u is Date => u instanceof Date,
  t.failure,
  (date) => date.toISOString(),
);

const plan = trackingPlan({
  checkout_completed: { category: 'business', priority: 'high', data: t.type({ total: t.number }) },
  item_added: { data: t.type({ count: positive, due: dateFromText }) },
  searched: { data: t.union([t.string, t.undefined]) },
  logged_out: {},
});
type ShopEvent = PlanEvents<typeof plan>;

// A collector of the plan's events, said or inferred.
const collector = new EventCollector<ShopEvent>({ ...plan.options });
const inferred = new EventCollector({ ...plan.options });

collector.track('checkout_completed', { total: 12 });
inferred.track('checkout_completed', { total: 12 });
collector.track('item_added', { count: 1, due: '2020-01-01' });
collector.track('searched');
collector.track('searched', 'boots');
collector.track('logged_out');
collector.collect({ type: 'checkout_completed', data: { total: 12 }, priority: 'critical' });
collector.collect({ type: 'logged_out' });
collector.collect(plan.event('checkout_completed', { total: 12 }, { sessionId: 's' }));
collector.events$.subscribe((event) => (event.type === 'checkout_completed' ? event.data.total.toFixed(2) : event.type));

// @ts-expect-error a total is a number
collector.track('checkout_completed', { total: 'twelve' });
// @ts-expect-error a total is a number
inferred.track('checkout_completed', { total: 'twelve' });
// @ts-expect-error there is no total
collector.track('checkout_completed', {});
// @ts-expect-error there is no payload
collector.track('checkout_completed');
// @ts-expect-error a payload where none is planned
collector.track('logged_out', { why: 'bored' });
// @ts-expect-error a type that is not in the plan
collector.track('checkout_complete', { total: 12 });
// @ts-expect-error a date travels as text
collector.track('item_added', { count: 1, due: new Date() });
// @ts-expect-error a total is a number
collector.collect({ type: 'checkout_completed', data: { total: 'twelve' } });
// @ts-expect-error the payload of another type
collector.collect({ type: 'item_added', data: { total: 12 } });
// @ts-expect-error a total is a number
plan.event('checkout_completed', { total: 'twelve' });
// @ts-expect-error there is no payload
plan.event('checkout_completed');
// @ts-expect-error an event of another plan
collector.collect(trackingPlan({ other: {} }).event('other'));

// @ts-expect-error a category that does not exist
trackingPlan({ a: { category: 'sport' } });
// @ts-expect-error a key that is misspelt
trackingPlan({ a: { catgeory: 'usage' } });
// @ts-expect-error a codec is not a type's name
trackingPlan({ a: { data: 'number' } });
// @ts-expect-error a sampling is complete
trackingPlan({ a: { sampling: { rate: 0.5 } } });

// The operator gives what its codec gives.
export const operators = {
  any: decodeEvents(),
  planned: decodeEvents(plan.codec),
  one: decodeEvents(eventCodec(t.type({ total: t.number }), 'checkout_completed')),
};
type Given<K extends keyof typeof operators> = ObservedValueOf<ReturnType<(typeof operators)[K]>>;

type Same<A, B> = [A, B] extends [B, A] ? true : false;
type AllHold<T extends readonly true[]> = T;
export type Proofs = AllHold<
  [
    Same<
      ShopEvent,
      | AnalyticsEvent<'checkout_completed', { total: number }>
      | AnalyticsEvent<'item_added', { count: number; due: string }>
      | AnalyticsEvent<'searched', string | undefined>
      | AnalyticsEvent<'logged_out', undefined>
    >,
    Same<Given<'any'>, AnalyticsEvent>,
    Same<Given<'planned'>, ShopEvent>,
    Same<Given<'one'>, AnalyticsEvent<'checkout_completed', { total: number }>>,
  ]
>;
