import { expect } from 'chai';
import { of, Subject } from 'rxjs';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { enrich, type Enricher } from '../../lib/operators/enrich.js';
import { describeOperatorContract } from '../../lib/testing/describe-operator-contract.js';
import { marbles } from '../../lib/testing/marbles.js';
import { anEvent } from '../support/an-event.js';
import { Rejections } from '../support/rejections.js';

const tag =
  (name: string): Enricher<AnalyticsEvent> =>
  (event) => ({ ...event, metadata: { ...event.metadata, tags: tagsOf(event) + name } });

const tagsOf = ({ metadata: { tags } }: AnalyticsEvent): string => (typeof tags === 'string' ? tags : '');

const tagged = (tags: string): AnalyticsEvent => anEvent({ metadata: { tags } });

describeOperatorContract('enrich', {
  create: () => enrich([tag('a'), tag('b')]),
  throwing: {
    'an enricher': (trip) => enrich((event) => (trip(), event)),
    onReject: (trip) => enrich(() => null, { onReject: trip }),
  },
});

describe('enrich', () => {
  it('passes the result of the enrichers for each event, in order, and drops the event if one returns null', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const dropLow: Enricher<AnalyticsEvent> = (event) => (event.priority === 'low' ? null : event);
      const source = cold(' -a-b-a-|', { a: anEvent(), b: anEvent({ priority: 'low' }) });
      const subs = '        ^------!';
      const expected = '    -A---A-|';
      expectObservable(source.pipe(enrich([tag('x'), dropLow, tag('y')]))).toBe(expected, { A: tagged('xy') });
      expectSubscriptions(source.subscriptions).toBe(subs);
    });
  });

  it('accepts a single enricher', () => {
    const seen: AnalyticsEvent[] = [];
    of(anEvent()).pipe(enrich(tag('x'))).subscribe((event) => seen.push(event)); // prettier-ignore
    expect(seen).to.deep.equal([tagged('x')]);
  });

  it('passes the same object without enrichers', () => {
    const event = anEvent();
    const seen: AnalyticsEvent[] = [];
    of(event).pipe(enrich([])).subscribe((one) => seen.push(one)); // prettier-ignore
    expect(seen[0]).to.equal(event);
  });

  it('reports the original event, and calls no further enricher', () => {
    const rejections = new Rejections<AnalyticsEvent>();
    const event = anEvent();
    let asked = false;
    of(event).pipe(enrich([tag('x'), () => null, (one) => ((asked = true), one)], { onReject: rejections.onReject })).subscribe(); // prettier-ignore
    expect(rejections.events[0]).to.equal(event);
    expect(rejections.reasons).to.deep.equal(['filtered']);
    expect(asked).to.equal(false);
  });

  it('drops one event if an enricher throws, and reports the exception', () => {
    const boom = new Error('boom');
    const rejections = new Rejections<AnalyticsEvent>();
    const seen: AnalyticsEvent[] = [];
    const failing: Enricher<AnalyticsEvent> = (event) => { if (event.weight === 2) throw boom; return event; }; // prettier-ignore
    of(anEvent({ weight: 2 }), anEvent())
      .pipe(enrich(failing, { onReject: rejections.onReject }))
      .subscribe((event) => seen.push(event));
    expect(rejections.reasons).to.deep.equal(['enricher_error']);
    expect(rejections.errors).to.deep.equal([boom]);
    expect(seen).to.deep.equal([anEvent()]);
  });

  for (const [what, result] of [
    ['nothing', undefined],
    ['a number', 1],
    ['an array', []],
    ['a promise', Promise.resolve(anEvent())],
    ['an object that has only a type', { type: 'x' }],
    ...(['id', 'type', 'category', 'priority', 'timestamp', 'metadata', 'weight'] as const).map(
      (field) => [`an event without ${field}`, { ...anEvent(), [field]: undefined }] as const,
    ),
    ...(['category', 'priority'] as const).map(
      (field) => [`an event with another ${field} than there is`, { ...anEvent(), [field]: 'toString' }] as const,
    ),
  ] as const) {
    it(`rejects the event for an enricher that returns ${what}`, () => {
      const rejections = new Rejections<AnalyticsEvent>();
      of(anEvent()).pipe(enrich(() => result as unknown as AnalyticsEvent, { onReject: rejections.onReject })).subscribe(); // prettier-ignore
      expect(rejections.reasons).to.deep.equal(['enricher_error']);
      expect(rejections.errors[0])
        .to.be.instanceOf(TypeError)
        .with.property('message')
        .that.contains('Expected an enricher to return a complete event or null, got');
    });
  }

  it('accepts a changed weight from 1 to 2^32, and any unchanged one', () => {
    const outcomes = (weight: number, change: (weight: number) => number): string => {
      let outcome = '';
      of(anEvent({ weight }))
        .pipe(
          enrich((event: AnalyticsEvent) => ({ ...event, weight: change(event.weight) }), { onReject: (_, reason) => (outcome = reason) }),
        )
        .subscribe(() => (outcome = 'enriched'));
      return outcome;
    };
    for (const weight of [1, 2 ** 32]) expect(outcomes(1, () => weight)).to.equal('enriched');
    for (const weight of [1e308, 2 ** 32 + 1, 0, -1])
      expect(
        outcomes(1, () => weight),
        String(weight),
      ).to.equal('enricher_error');
    // Sampled: a weight may be above the bound.
    expect(outcomes(2 ** 40, (weight) => weight)).to.equal('enriched');
  });

  it('enriches events that an enricher sends', () => {
    const source = new Subject<AnalyticsEvent>();
    const seen: string[] = [];
    const reentrant: Enricher<AnalyticsEvent> = (event) => {
      if (event.id === 'outer') source.next(anEvent({ id: 'inner' }));
      return event;
    };
    source.pipe(enrich([tag('x'), reentrant, tag('y')])).subscribe((event) => seen.push(`${event.id} ${tagsOf(event)}`));
    source.next(anEvent({ id: 'outer' }));
    expect(seen).to.deep.equal(['inner xy', 'outer xy']);
  });

  it('keeps its enrichers when the given array changes', () => {
    const enrichers = [tag('x')];
    const operator = enrich(enrichers);
    enrichers.push(tag('y'));
    const seen: AnalyticsEvent[] = [];
    of(anEvent()).pipe(operator).subscribe((event) => seen.push(event)); // prettier-ignore
    expect(seen).to.deep.equal([tagged('x')]);
  });

  it('throws if an enricher is not a function', () => {
    expect(() => enrich([tag('x'), 1 as unknown as Enricher<AnalyticsEvent>])).to.throw(
      TypeError,
      'Expected `enrichers` to be a function, got `1`',
    );
  });
});
