import { expect } from 'chai';
import { BehaviorSubject, Subject } from 'rxjs';
import { createCollector } from '../../lib/collector/collector.js';
import type { ConsentState } from '../../lib/consent/consent-gate.js';
import { withConsent } from '../../lib/features/with-consent.js';
import { withEnrichers } from '../../lib/features/with-enrichers.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import { fitted, inBackground } from '../support/fitted.js';

describe('withConsent', () => {
  it('holds events until consent is granted, releases them in order with their timestamps, and drops them when it is denied', () => {
    const consent$ = new Subject<ConsentState>();
    const sink = new MemorySink();
    const outcomes: unknown[] = [];
    const collector = fitted({ sinks: [sink] }, [withConsent(consent$)], ({ collector: made, at, events }) => {
      const collect = (letters: string): void => {
        for (const data of letters) outcomes.push(made.track('feature_used', data));
      };
      at(1, () => {
        collect('ab');
        expect(events).to.have.length(0);
      });
      at(5, () => {
        consent$.next('granted');
        expect(events.map(({ data, timestamp }) => [data, timestamp])).to.deep.equal([
          ['a', 1],
          ['b', 1],
        ]);
        collect('c');
      });
      at(6, () => {
        consent$.next('denied');
        collect('d');
        consent$.next('unknown');
        collect('e');
        inBackground(made.shutdown());
      });
    });
    expect(outcomes).to.deep.equal(['accepted', 'accepted', 'accepted', 'filtered', 'accepted']);
    expect(sink.events).to.have.length(0);
    expect(collector.stats().dropped).to.include({ consent: 3, shutdown: 1 });
    expect(collector.stats().sinks['memory']).to.include({ offered: 0, dropped: 0 });
    expect(consent$.observed).to.equal(false);
  });

  it('runs after capture and before enrichment, regardless of its position in the call', () => {
    const consent$ = new BehaviorSubject<ConsentState>('unknown');
    const seen: unknown[] = [];
    const enricher = withEnrichers((event) => {
      seen.push(event.data);
      return event;
    });
    for (const features of [
      [enricher, withConsent(consent$)],
      [withConsent(consent$), enricher],
    ]) {
      seen.length = 0;
      const collector = createCollector({}, ...features);
      collector.track('feature_used', 'a');
      expect(seen).to.deep.equal([]);
      consent$.next('granted');
      expect(seen).to.deep.equal(['a']);
      consent$.next('unknown');
    }
  });

  it('throws if consent$ is not an Observable', () => {
    expect(() => withConsent('granted' as never)).to.throw(TypeError, 'Expected `consent$` to be an Observable');
  });
});
