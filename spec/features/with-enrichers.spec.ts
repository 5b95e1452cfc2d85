import { expect } from 'chai';
import { createCollector } from '../../lib/collector/collector.js';
import { withEnrichers } from '../../lib/features/with-enrichers.js';
import { withRedaction } from '../../lib/features/with-redaction.js';
import { createEvent } from '../../lib/event/create-event.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { expectBalanced } from '../support/books.js';

const add =
  (letter: string) =>
  (event: AnalyticsEvent): AnalyticsEvent => ({ ...event, data: `${String(event.data)}${letter}` });

describe('withEnrichers', () => {
  it('runs in order, over several features too, and before redaction', () => {
    const upper = withRedaction([{ name: 'upper', redact: (value) => value.toUpperCase() }]);
    const collector = createCollector({}, upper, withEnrichers(add('a'), add('b')), withEnrichers(add('c')));
    const seen: unknown[] = [];
    collector.events$.subscribe(({ data }) => seen.push(data));
    collector.track('feature_used', 'x');
    expect(seen).to.deep.equal(['XABC']);
  });

  it('filters by null, rejects errors and invalid results, and restores a lost session', () => {
    const { sessionId: _lost, ...kept } = createEvent({ type: 'a', data: 'kept' });
    const results: unknown[] = [null, 5, kept];
    const collector = createCollector(
      { sessionId: 'session' },
      withEnrichers(() => results.shift() as AnalyticsEvent),
    );
    const sessions: unknown[] = [];
    collector.events$.subscribe(({ sessionId }) => sessions.push(sessionId));
    expect([1, 2, 3].map((data) => collector.track('a', data))).to.deep.equal(['filtered', 'dropped', 'accepted']);
    expect(sessions).to.deep.equal(['session']);
    expect(expectBalanced(collector)).to.deep.include({ eventsFiltered: 1, eventsDropped: 1, eventsProcessed: 1 });
  });

  it('throws for an enricher that is not a function', () => {
    expect(() => withEnrichers(5 as never)).to.throw(TypeError, 'to be a function, got `5`');
  });
});
