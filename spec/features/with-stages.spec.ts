import { expect } from 'chai';
import { delay, filter, map, take } from 'rxjs';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { createCollector } from '../../lib/collector/collector.js';
import { withStages } from '../../lib/features/with-stages.js';
import { fitted } from '../support/fitted.js';
import { expectBalanced } from '../support/books.js';
import { throwing } from '../support/hostile.js';

describe('withStages', () => {
  it('applies operators in order, before events$, and counts events inside', () => {
    const collector = fitted(
      {},
      [
        withStages(
          filter(({ data }) => data !== 'b'),
          delay(5),
        ),
      ],
      ({ collector: made, at, events }) => {
        at(1, () => {
          for (const data of 'abc') expect(made.track('x', data)).to.equal('accepted');
          expect(events).to.have.length(0);
          expect(made.stats()).to.include({ stagesIn: 3, stagesOut: 0, eventsBuffered: 0 });
        });
        at(7, () => {
          expect(events.map(({ data }) => data)).to.deep.equal(['a', 'c']);
        });
      },
    );
    expect(collector.stats()).to.include({ stagesIn: 3, stagesOut: 2, eventsProcessed: 2 });
  });

  it('subscribes again after an error, and rejects events after an early completion', () => {
    const failing = withStages(
      map((event: AnalyticsEvent) => {
        if (event.data === 'bad') throw new Error('no');
        return event;
      }),
    );
    const one = createCollector({}, failing);
    expect(['bad', 'good'].map((data) => one.track('x', data))).to.deep.equal(['accepted', 'accepted']);
    expect(expectBalanced(one)).to.deep.include({ eventsProcessed: 1, eventsDropped: 1 });
    const two = createCollector({}, withStages(take<AnalyticsEvent>(1)));
    expect([two.track('x'), two.track('x')]).to.deep.equal(['accepted', 'dropped']);
    expect(expectBalanced(two).dropped.stage_completed).to.equal(1);
  });

  it('drops incomplete events, and events whose reading throws', () => {
    const incomplete = [{ type: 'a' }, { id: 'b', type: 'b', weight: Number.NaN }, Promise.resolve(), 'text', null];
    const hostile = throwing(new Error('unreadable'), 'id');
    const collector = createCollector({}, withStages(map((event, index) => [...incomplete, hostile, event][index] as AnalyticsEvent)));
    const seen: unknown[] = [];
    collector.events$.subscribe(({ data }) => seen.push(data));
    for (let n = 0; n < 7; n += 1) collector.track('feature_used', n);
    expect(seen).to.deep.equal([6]);
    expect(expectBalanced(collector).dropped.stage_error).to.equal(6);
  });

  it('without stages changes nothing, and throws for a stage that is not a function', () => {
    const collector = createCollector({}, withStages());
    collector.track('x');
    expect(expectBalanced(collector)).to.not.have.property('stagesIn');
    expect(() => withStages(5 as never)).to.throw(TypeError, 'Expected `stages[0]` to be a function, got `5`');
  });
});
