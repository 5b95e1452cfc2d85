import { expect } from 'chai';
import * as t from 'io-ts';
import { from } from 'rxjs';
import { usageDataCodec } from '../../lib/codecs/payload-codecs.js';
import { decodeEvents } from '../../lib/codecs/decode-events.js';
import { formatErrors } from '../../lib/codecs/format-errors.js';
import { trackingPlan, type PlanEvents, type TrackingPlan } from '../../lib/codecs/tracking-plan.js';
import { explain } from '../../lib/collector/explain.js';
import { EventCollector } from '../../lib/collector/event-collector.js';
import { ConfigError } from '../../lib/errors/config-error.js';
import { createEvent } from '../../lib/event/create-event.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import { anEvent } from '../support/an-event.js';
import { expectBalanced } from '../support/books.js';
import { Rejections } from '../support/rejections.js';
import { leftOf, rightOf } from './sides.js';

/** A codec whose encoded form differs from its decoded one. */
const date = new t.Type<Date, string>(
  'Date',
  (value): value is Date => value instanceof Date,
  (value, context) => (typeof value === 'string' ? t.success(new Date(value)) : t.failure(value, context)),
  (value) => value.toISOString(),
);
const dated = trackingPlan({ due: { data: t.type({ at: date }) } });

const ONE_A_MINUTE = { rate: 0, minPerWindow: 1, windowMs: 60_000 };

const plan = trackingPlan({
  checkout_completed: { category: 'business', priority: 'high', data: t.type({ total: t.number }) },
  page_viewed: { data: t.intersection([t.type({ path: t.string }), t.partial({ referrer: t.string })]), sampling: ONE_A_MINUTE },
  logged_out: {},
  heartbeat: { enabled: false, minPriority: 'low' },
});
type ShopEvent = PlanEvents<typeof plan>;

const validate = (type: string, data?: unknown, of: Pick<TrackingPlan<AnalyticsEvent>, 'validate'> = plan): string | undefined =>
  of.validate(anEvent({ type, data }));

describe('trackingPlan', () => {
  describe('validate', () => {
    it('accepts an event that matches the plan', () => {
      expect(validate('checkout_completed', { total: 12 })).to.equal(undefined);
      expect(validate('page_viewed', { path: '/', more: true })).to.equal(undefined);
      expect(validate('logged_out')).to.equal(undefined);
    });

    it('reports path and expected type, a line for each fault, and never the value', () => {
      expect(validate('checkout_completed', { total: 's3cret' })).to.equal('Expected `data.total` to be number, got a string');
      expect(validate('page_viewed', { path: 1, referrer: 2 })).to.equal(
        'Expected `data.path` to be string, got a number\nExpected `data.referrer` to be string, got a number',
      );
    });

    it('requires a planned payload, and refuses an unplanned one', () => {
      expect(validate('checkout_completed')).to.equal('Expected `data` to be { total: number }, got undefined');
      expect(validate('logged_out', {})).to.equal('Expected `data` to be undefined, got an object');
    });

    it('refuses a type that is not in the plan, and lists the planned ones', () => {
      const few = trackingPlan({ a: {}, b: {} });
      expect(validate('s3cret', undefined, few)).to.equal('Expected `type` to be "a" | "b", got a string');
      const many = trackingPlan(Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`type_${String(index)}`, {}])));
      expect(validate('s3cret', undefined, many)).to.equal('Expected `type` to be one of the 11 types of the plan, got a string');
    });

    it('reports an empty plan', () => {
      expect(validate('a', undefined, trackingPlan({}))).to.equal('Expected `type` to be a type of the plan, which is empty, got a string');
    });

    it('refuses values that are not events, whether or not other types are allowed', () => {
      const open = trackingPlan({ a: {} }, { unknownTypes: 'allow' });
      for (const none of [null, undefined, 'a', 3]) {
        expect(plan.validate(none as never)).to.match(/^Expected the value to be /);
        expect(open.validate(none as never)).to.match(/^Expected the value to be /);
      }
      expect(open.validate({} as never)).to.equal('Expected `type` to be non-empty string, got undefined');
    });

    it('passes other types if the plan allows them, and still checks planned ones', () => {
      const open = trackingPlan({ a: { data: t.number } }, { unknownTypes: 'allow' });
      expect(validate('other', 'anything', open)).to.equal(undefined);
      expect(validate('a', 'x', open)).to.equal('Expected `data` to be number, got a string');
    });

    it('does not treat members of Object.prototype as types', () => {
      for (const type of ['constructor', 'toString', '__proto__']) expect(validate(type)).to.match(/^Expected `type` to be /);
    });

    it('accepts any name for a planned type', () => {
      const odd = trackingPlan(
        JSON.parse('{ "__proto__": { "enabled": true }, "constructor": { "priority": "high" } }') as Record<string, object>,
      );
      expect(validate('__proto__', undefined, odd)).to.equal(undefined);
      expect(validate('constructor', 3, odd)).to.equal('Expected `data` to be undefined, got a number');
      expect(Object.keys(odd.config.overrides ?? {})).to.deep.equal(['__proto__']);
      expect(Object.keys(odd.options.eventDefaults)).to.deep.equal(['constructor']);
    });

    it('throws for no payload', () => {
      interface Tree {
        readonly child: Tree | null;
      }
      const deep = trackingPlan({ tree: { data: t.recursion<Tree>('Tree', (self) => t.type({ child: t.union([self, t.null]) })) } });
      const circle: { child?: unknown } = {};
      circle.child = circle;
      const getter = { get child(): never { throw new Error('s3cret'); } }; // prettier-ignore
      for (const data of [circle, getter])
        expect(validate('tree', data, deep)).to.equal("Expected `data` to be Tree, got something that can't be read");
    });

    it('requires payloads in their encoded form', () => {
      expect(validate('due', { at: '2020-01-01T00:00:00.000Z' }, dated)).to.equal(undefined);
      expect(validate('due', { at: new Date(0) }, dated)).to.equal('Expected `data.at` to be Date, got an object');
    });

    it('refuses a payload that does not decode even if `is` of its codec accepts it', () => {
      const positive = new t.Type<number, number, unknown>(
        'Positive',
        t.number.is,
        (value, context) => (typeof value === 'number' && value > 0 ? t.success(value) : t.failure(value, context)),
        t.identity,
      );
      const lax = trackingPlan({ paid: { data: t.type({ total: positive }) } });
      expect(validate('paid', { total: 1 }, lax)).to.equal(undefined);
      expect(validate('paid', { total: -1 }, lax)).to.equal('Expected `data.total` to be Positive, got a number');
      expect(lax.codec.is(anEvent({ type: 'paid', data: { total: -1 } }))).to.equal(false);
    });

    it('works with the codecs of the built-in payloads', () => {
      const usage = trackingPlan({ feature_used: { data: usageDataCodec } });
      expect(validate('feature_used', { feature: 'f', action: 'a', success: true }, usage)).to.equal(undefined);
      expect(validate('feature_used', { feature: 'f', action: 'a' }, usage)).to.equal(
        'Expected `data.success` to be boolean, got undefined',
      );
    });
  });

  describe('in a collector', () => {
    it('counts a wrong payload as invalid, and reports its faults on diagnostics$', async () => {
      const sink = new MemorySink<ShopEvent>();
      const collector = new EventCollector<ShopEvent>({ ...plan.options, sinks: [sink] });
      const said: string[] = [];
      collector.diagnostics$.subscribe((diagnostic) => said.push('error' in diagnostic ? String(diagnostic.error) : diagnostic.type));
      expect(collector.track('checkout_completed', { total: 12 })).to.equal('accepted');
      expect(collector.track('checkout_completed', { total: 's3cret' } as never)).to.equal('invalid');
      expect(collector.collect({ type: 'unplanned' } as never)).to.equal('invalid');
      expect(said[0]).to.equal('TypeError: Expected `data.total` to be number, got a string');
      await collector.shutdown();
      expect(sink.events.map(({ type, data }) => [type, data])).to.deep.equal([['checkout_completed', { total: 12 }]]);
      expect(expectBalanced(collector).eventsInvalid).to.equal(2);
    });

    it('sets the planned category and priority before policy is applied', () => {
      const plain = trackingPlan({
        login_failed: { category: 'security' },
        page_broken: { category: 'error', priority: 'critical' },
        seen: { priority: 'low' },
      });
      const config = { ...plain.config, privacyLevel: 'minimal' } as const;
      const collector = new EventCollector({ ...plain.options, config, sinks: [] });
      const seen: string[] = [];
      collector.events$.subscribe(({ type, category, priority }) => seen.push(`${type} ${category} ${priority}`));
      expect([collector.track('login_failed'), collector.track('page_broken'), collector.track('seen')]).to.deep.equal([
        'filtered',
        'accepted',
        'filtered',
      ]);
      expect(collector.collect({ type: 'page_broken', category: 'usage' })).to.equal('filtered');
      expect(seen).to.deep.equal(['page_broken error critical']);
      expect(explain(collector, { type: 'login_failed' }).stages[0]?.why).to.equal('category security, priority normal');
      expectBalanced(collector);
    });

    it('samples and filters by type as planned', () => {
      const collector = new EventCollector<ShopEvent>({ ...plan.options, sinks: [] });
      expect(collector.track('page_viewed', { path: '/' })).to.equal('accepted');
      expect(collector.track('page_viewed', { path: '/' })).to.equal('sampled');
      expect(collector.track('heartbeat')).to.equal('filtered');
      expectBalanced(collector);
    });

    it('can be merged with the user’s configuration', () => {
      const config = { ...plan.config, batch: { maxCount: 5 } };
      const collector = new EventCollector<ShopEvent>({ ...plan.options, config });
      expect(collector.config.batch.maxCount).to.equal(5);
      expect(collector.config.overrides).to.deep.equal({
        page_viewed: { sampling: ONE_A_MINUTE },
        heartbeat: { enabled: false, minPriority: 'low' },
      });
    });
  });

  describe('event', () => {
    it('returns an input with the category and priority of the plan', () => {
      expect(plan.event('checkout_completed', { total: 12 })).to.deep.equal({
        type: 'checkout_completed',
        category: 'business',
        priority: 'high',
        data: { total: 12 },
      });
      const { category, priority } = createEvent(plan.event('logged_out'));
      expect([category, priority]).to.deep.equal(['custom', 'normal']);
    });

    it('prefers the caller’s category and priority', () => {
      const { priority, sessionId } = plan.event('checkout_completed', { total: 12 }, { priority: 'critical', sessionId: 's' });
      expect([priority, sessionId]).to.deep.equal(['critical', 's']);
    });

    it('returns an input that a collector accepts', () => {
      const collector = new EventCollector<ShopEvent>({ ...plan.options, sinks: [] });
      const seen: string[] = [];
      collector.events$.subscribe(({ category, priority }) => seen.push(`${category} ${priority}`));
      expect(collector.collect(plan.event('checkout_completed', { total: 12 }))).to.equal('accepted');
      expect(seen).to.deep.equal(['business high']);
    });
  });

  describe('codec', () => {
    const checkout = anEvent({ type: 'checkout_completed', data: { total: 12 } });

    it('decodes each event by its type', () => {
      expect(rightOf(plan.codec.decode(checkout))).to.deep.equal(checkout);
      expect(plan.codec.is(checkout)).to.equal(true);
      const wrong = { ...checkout, id: 3, data: { total: '12' } };
      expect(formatErrors(leftOf(plan.codec.decode(wrong)))).to.deep.equal([
        'Expected `id` to be non-empty string, got a number',
        'Expected `data.total` to be number, got a string',
      ]);
      expect(plan.codec.is(wrong)).to.equal(false);
    });

    it('refuses a type that is not in the plan, even if `validate` accepts it', () => {
      const open = trackingPlan({ a: {} }, { unknownTypes: 'allow' });
      expect(formatErrors(leftOf(open.codec.decode(anEvent())))).to.deep.equal(['Expected `type` to be "a", got a string']);
      expect(open.codec.is(anEvent())).to.equal(false);
    });

    it('refuses other values, and throws for no input', () => {
      const getter = { get type(): never { throw new Error('s3cret'); } }; // prettier-ignore
      for (const value of [null, 3, [], {}, getter]) {
        expect(formatErrors(leftOf(plan.codec.decode(value)))).to.have.length(1);
        expect(plan.codec.is(value)).to.equal(false);
      }
    });

    it('removes fields of a payload that `t.strict` does not name', () => {
      const strict = trackingPlan({ a: { data: t.strict({ n: t.number }) } });
      expect(rightOf(strict.codec.decode(anEvent({ type: 'a', data: { n: 1, s3cret: 2 } }))).data).to.deep.equal({ n: 1 });
    });

    it('leaves payloads in their encoded form', () => {
      const due = anEvent({ type: 'due', data: { at: '2020-01-01T00:00:00.000Z' } });
      expect(rightOf(dated.codec.decode(due))).to.deep.equal(due);
      expect([due, anEvent({ type: 'due', data: { at: new Date(0) } })].map((event) => dated.codec.is(event))).to.deep.equal([true, false]);
    });

    it('decodes a stream of anything to the events of the plan', () => {
      const rejections = new Rejections<unknown>();
      const totals: number[] = [];
      from([checkout, anEvent(), { ...checkout, data: {} }])
        .pipe(decodeEvents(plan.codec, { onReject: rejections.onReject }))
        .subscribe((event) => totals.push(event.type === 'checkout_completed' ? event.data.total : 0));
      expect(totals).to.deep.equal([12]);
      expect(rejections.errors.map(String).map((line) => line.replace(/.*got/, 'got'))).to.deep.equal(['got a string', 'got undefined']);
    });
  });

  describe('requires', () => {
    const wrong: Readonly<Record<string, readonly [definition: unknown, message: string]>> = {
      'a definition': [null, 'Expected `definition` to be an object, got `null`'],
      'types with a name': [{ '': {} }, "Expected `type` to be a non-empty string, got `''` (string)"],
      'an object for each type': [{ a: 3 }, 'Expected `a` to be an object, got `3` (number)'],
      codecs: [{ a: { data: {} } }, 'Expected `a.data` to be a codec, got an object'],
      'known categories': [{ a: { category: 'sport' } }, "Expected `a.category` to be one of 'usage', "],
      'known keys': [{ a: { catgeory: 'usage' } }, 'Unknown option `a.catgeory`. Did you mean `a.category`?'],
      'known priorities': [{ a: { priority: 'urgent' } }, "Expected `a.priority` to be one of 'low', "],
    };
    for (const [what, [definition, message]] of Object.entries(wrong)) {
      it(what, () => {
        expect(() => trackingPlan(definition as never)).to.throw(TypeError, message);
      });
    }

    it('known options', () => {
      expect(() => trackingPlan({}, { unknownTypes: 'ignore' as never })).to.throw(
        TypeError,
        "Expected `unknownTypes` to be one of 'reject', 'allow'",
      );
      expect(() => trackingPlan({}, 'allow' as never)).to.throw(TypeError, 'Expected `options` to be an object');
      expect(() => trackingPlan({}, { unknown: 'allow' } as object)).to.throw(
        TypeError,
        'Unknown option `unknown`. Did you mean `unknownTypes`?',
      );
    });

    it('valid overrides', () => {
      const sampling = { rate: 2, minPerWindow: 1, windowMs: 1 };
      const minPriority = 'urgent' as 'high';
      expect(() => trackingPlan({ a: { sampling }, b: { minPriority } })).to.throw(
        ConfigError,
        /overrides\.a\.sampling\.rate[^]*overrides\.b\.minPriority/,
      );
    });
  });
});
