import { expect } from 'chai';
import { of, Subject } from 'rxjs';
import type { AnalyticsEvent, EventPriority } from '../../lib/event/event.js';
import { sampleBy, type SampleByOptions } from '../../lib/operators/sample-by.js';
import type { SamplingEnv, SamplingStrategy } from '../../lib/sampling/strategy.js';
import { describeOperatorContract } from '../../lib/testing/describe-operator-contract.js';
import { marbles } from '../../lib/testing/marbles.js';
import { anEvent } from '../support/an-event.js';
import { Rejections } from '../support/rejections.js';

type Strategy = SamplingStrategy<AnalyticsEvent>;

const everyNth = (n: number): Strategy => ({
  start() {
    let seen = 0;
    return () => (seen++ % n === 0 ? n : 0);
  },
});
const always = (factor: number): Strategy => ({ start: () => () => factor });
const nothing: Partial<SampleByOptions<AnalyticsEvent>> = { exempt: () => false };

/** The outcome of one event, and the reason if it is rejected. */
function sample(
  event: AnalyticsEvent,
  strategy: Strategy,
  options: SampleByOptions<AnalyticsEvent> = {},
): { passed: AnalyticsEvent[]; rejections: Rejections<AnalyticsEvent> } {
  const rejections = new Rejections<AnalyticsEvent>();
  const passed: AnalyticsEvent[] = [];
  of(event)
    .pipe(sampleBy(strategy, { ...options, onReject: rejections.onReject }))
    .subscribe((one) => passed.push(one));
  return { passed, rejections };
}

describeOperatorContract('sampleBy', {
  create: () => sampleBy(everyNth(2)),
  throwing: {
    'a sampler': (trip) => sampleBy({ start: () => () => (trip(), 1) }, nothing),
    exempt: (trip) => sampleBy(always(1), { exempt: () => (trip(), false) }),
    onReject: (trip) => sampleBy(always(0), { ...nothing, onReject: trip }),
  },
});

describe('sampleBy', () => {
  it('passes a sample with its weight, and reports the rest', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const rejections = new Rejections<AnalyticsEvent>();
      const source = cold(' -a-a-a-a-|', { a: anEvent() });
      const subs = '        ^--------!';
      const expected = '    -A---A---|';
      expectObservable(source.pipe(sampleBy(everyNth(2), { onReject: rejections.onReject }))).toBe(expected, { A: anEvent({ weight: 2 }) });
      expectSubscriptions(source.subscriptions).toBe(subs);
    });
  });

  it('rejects events that the strategy drops as sampled', () => {
    const event = anEvent();
    const { passed, rejections } = sample(event, always(0));
    expect(passed).to.deep.equal([]);
    expect(rejections.events).to.deep.equal([event]);
    expect(rejections.reasons).to.deep.equal(['sampled']);
  });

  it('passes the same object when its weight does not change', () => {
    const event = anEvent({ weight: 3 });
    expect(sample(event, always(1)).passed[0]).to.equal(event);
  });

  it('multiplies the weight that an event already has, in a copy', () => {
    const event = anEvent({ weight: 3 });
    expect(sample(event, always(2.5)).passed).to.deep.equal([{ ...event, weight: 7.5 }]);
    expect(event.weight).to.equal(3);
  });

  for (const factor of [NaN, Infinity, -1, 0.5, undefined as unknown as number]) {
    it(`rejects the event and continues for a sampler that returns ${String(factor)}`, () => {
      const { passed, rejections } = sample(anEvent({ weight: 4 }), always(factor));
      expect(passed).to.deep.equal([]);
      expect(rejections.reasons).to.deep.equal(['sampler_error']);
      expect(rejections.errors[0])
        .to.be.instanceOf(TypeError)
        .with.property('message')
        .that.contains('Expected a sampler to return 0 or a finite number ≥ 1, got');
    });
  }

  for (const [what, factor] of [
    ['a bigint', 2n],
    ['a symbol', Symbol('2')],
    [
      'an object that throws when it is used',
      {
        valueOf: () => {
          throw new Error('boom');
        },
      },
    ],
  ] as const) {
    // prettier-ignore
    it(`rejects the event and continues for a sampler that returns ${what}`, () => {
      const { passed, rejections } = sample(anEvent(), always(factor as unknown as number));
      expect(passed).to.deep.equal([]);
      expect(rejections.reasons).to.deep.equal(['sampler_error']);
    });
  }

  it('rejects an event that cannot be copied with its new weight', () => {
    const event = Object.defineProperty(anEvent(), 'trap', { enumerable: true, get: () => { throw new Error('boom'); } }); // prettier-ignore
    expect(sample(event, always(2)).rejections.reasons).to.deep.equal(['sampler_error']);
  });

  for (const weight of [-1, 0.1, null as unknown as number]) {
    it(`rejects an event of weight ${String(weight)}, which cannot be multiplied`, () => {
      const { passed, rejections } = sample(anEvent({ weight }), always(2));
      expect(passed).to.deep.equal([]);
      expect(String(rejections.errors[0])).to.contain(`for an event of weight \`${String(weight)}\``);
    });
  }

  it('passes an event whose weight becomes 1', () => {
    expect(sample(anEvent({ weight: 0.5 }), always(2)).passed).to.deep.equal([anEvent({ weight: 1 })]);
  });

  it('rejects the event with the exception if a sampler throws', () => {
    const boom = new Error('boom');
    const { rejections } = sample(anEvent(), { start: () => () => { throw boom; } }); // prettier-ignore
    expect(rejections.reasons).to.deep.equal(['sampler_error']);
    expect(rejections.errors[0]).to.equal(boom);
  });

  it('rejects the event if exempt throws, without calling the strategy', () => {
    let asked = 0;
    const exempt = (): boolean => { throw new Error('boom'); }; // prettier-ignore
    const { rejections } = sample(anEvent(), { start: () => () => ++asked }, { exempt });
    expect(rejections.reasons).to.deep.equal(['sampler_error']);
    expect(asked).to.equal(0);
  });

  it('exempts priority high and critical by default, with their weight and without calling the strategy', () => {
    const asked: EventPriority[] = [];
    const strategy: Strategy = {
      start:
        () =>
        ({ priority }) => (asked.push(priority), 0),
    };
    const events = (['low', 'normal', 'high', 'critical'] as const).map((priority) => anEvent({ priority, weight: 2 }));
    const passed: AnalyticsEvent[] = [];
    of(...events).pipe(sampleBy(strategy)).subscribe((event) => passed.push(event)); // prettier-ignore
    expect(passed).to.deep.equal(events.slice(2));
    expect(asked).to.deep.equal(['low', 'normal']);
  });

  it('exempts the events for which exempt returns true', () => {
    expect(sample(anEvent({ priority: 'critical' }), always(0), nothing).passed).to.deep.equal([]);
    const event = anEvent({ priority: 'low' });
    expect(sample(event, always(0), { exempt: ({ priority }) => priority === 'low' }).passed).to.deep.equal([event]);
  });

  it('passes the clock and the randomness of its options to the strategy', () => {
    let env: SamplingEnv | undefined;
    const strategy: Strategy = { start: (given) => ((env = given), () => 1) };
    marbles(({ cold }) => {
      cold('a|', { a: anEvent() }).pipe(sampleBy(strategy, { random: () => 0.25 })).subscribe(); // prettier-ignore
      expect(env?.now()).to.equal(0);
    });
    expect(env?.random()).to.equal(0.25);
  });

  it('starts the strategy once for each subscription, on subscription', () => {
    let started = 0;
    const strategy: Strategy = { start: () => (started++, () => 1) };
    const result = of(anEvent()).pipe(sampleBy(strategy));
    expect(started).to.equal(0);
    result.subscribe();
    result.subscribe();
    expect(started).to.equal(2);
  });

  it('fails when the strategy cannot be started', () => {
    const boom = new Error('boom');
    let error: unknown;
    of(anEvent())
      .pipe(
        sampleBy({
          start: () => {
            throw boom;
          },
        }),
      ) // prettier-ignore
      .subscribe({ error: (one: unknown) => (error = one) });
    expect(error).to.equal(boom);
  });

  it('samples events that its sampler sends', () => {
    const source = new Subject<AnalyticsEvent>();
    const passed: string[] = [];
    const strategy: Strategy = {
      start:
        () =>
        ({ id }) => (id === 'outer' && source.next(anEvent({ id: 'inner' })), 2),
    };
    source.pipe(sampleBy(strategy)).subscribe(({ id, weight }) => passed.push(`${id} ${String(weight)}`));
    source.next(anEvent({ id: 'outer' }));
    expect(passed).to.deep.equal(['inner 2', 'outer 2']);
  });

  it('throws for an invalid strategy and invalid options', () => {
    expect(() => sampleBy({} as Strategy)).to.throw(TypeError, 'Expected `strategy` to be a sampling strategy');
    expect(() => sampleBy(always(1), { exempt: true as unknown as () => boolean })).to.throw(
      TypeError,
      'Expected `exempt` to be a function',
    );
    expect(() => sampleBy(always(1), { random: 0.5 as unknown as () => number })).to.throw(TypeError, 'Expected `random` to be a function');
    expect(() => sampleBy(always(1), { scheduler: {} as never })).to.throw(TypeError, 'Expected `scheduler` to be a scheduler');
  });
});
