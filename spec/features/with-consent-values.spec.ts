import { expect } from 'chai';
import { Observable, Subject } from 'rxjs';
import * as lib from '../../lib/index.js';
const { EventCollector, MemorySink } = lib;

describe('withConsent, with odd values', () => {
  it('an invalid value changes nothing', () => {
    const consent$ = new Subject<lib.ConsentState>();
    const collector = new EventCollector({ sinks: [new MemorySink()], consent$ });
    consent$.next('denied');
    consent$.next(undefined as never);
    expect(collector.collect({ type: 'feature_used' })).to.equal('filtered');
  });
  it('a consent$ that throws on subscribe does not prevent the collector', () => {
    expect(
      () =>
        new EventCollector({
          sinks: [],
          consent$: new Observable(() => {
            throw new Error('x');
          }),
        }),
    ).not.to.throw();
  });
  it('consent denied while paused by the user keeps the pause', () => {
    const consent$ = new Subject<lib.ConsentState>();
    const sink = new MemorySink();
    const collector = new EventCollector({ sinks: [sink], consent$, config: { batch: { maxCount: 1 } } });
    consent$.next('granted');
    const pause = collector.pause();
    collector.collect({ type: 'feature_used' });
    consent$.next('denied');
    consent$.next('granted');
    collector.collect({ type: 'feature_used' });
    expect(sink.events.length).to.equal(0);
    pause.unsubscribe();
    expect(sink.events.length).to.equal(1);
  });
});
