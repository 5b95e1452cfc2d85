import { expect } from 'chai';
import { Subject } from 'rxjs';
import * as lib from '../../lib/index.js';
import type { AnalyticsEvent } from '../../lib/index.js';

const { EventCollector, createCollector, MemorySink } = lib;

describe('EventCollector.subscribe', () => {
  it('a Subject as observer stays usable after unsubscribing', () => {
    const collector = new EventCollector({ sinks: [] });
    const subject = new Subject<AnalyticsEvent>();
    const seen: string[] = [];
    subject.subscribe(({ type }) => seen.push(type));
    const subscription = collector.subscribe(subject);
    collector.collect({ type: 'a' });
    subscription.unsubscribe();
    collector.events$.subscribe(subject);
    collector.collect({ type: 'b' });
    expect(seen).to.deep.equal(['a', 'b']);
    expect(subject.closed).to.equal(false);
  });

  it('a Subject as observer is not subscribed to', () => {
    const collector = new EventCollector({ sinks: [] });
    const subject = new Subject<AnalyticsEvent>();
    collector.subscribe(subject);
    expect(subject.observed).to.equal(false);
  });

  it('calls the methods that an observer has', async () => {
    const collector = new EventCollector({ sinks: [] });
    const log: string[] = [];
    collector.subscribe(({ type }) => log.push(`function ${type}`));
    collector.subscribe({ next: ({ type }) => log.push(`next ${type}`), complete: () => log.push('complete') });
    collector.subscribe({});
    collector.collect({ type: 'a' });
    await collector.shutdown();
    expect(log).to.deep.equal(['function a', 'next a', 'complete']);
  });

  it('an unusual promise of one sink does not affect the others', () => {
    class Odd extends Promise<void> {
      override then(): never {
        throw new Error('odd');
      }
    }
    const good = new MemorySink();
    const collector = createCollector({
      sinks: [{ name: 's', process: () => new Odd(() => undefined) as Promise<void> }, good],
      batch: { maxCount: 1 },
    });
    collector.collect({ type: 'a' });
    collector.collect({ type: 'b' });
    expect(good.events.length).to.equal(2);
  });

  it('a rejection without an error does not report the error of an earlier event', () => {
    const collector = createCollector({ sinks: [] }, (context) => {
      context.addStep('enrich', ({ reject }) => (event) => {
        if (event.type === 'x') reject(event, 'invalid');
        return event.type === 'fine' ? event : undefined;
      });
    });
    collector.collect({ type: 'x' });
    collector.collect({ type: 'y' });
    expect(collector.stats().eventsInvalid).to.equal(1);
  });
});
