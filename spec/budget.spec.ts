import { expect } from 'chai';
import { asyncScheduler, Subscription, type SchedulerLike } from 'rxjs';
import { EventCollector } from '../lib/collector/event-collector.js';
import { MemorySink } from '../lib/sinks/memory-sink.js';
import { expectBalanced } from './support/books.js';

/** A clock and timers that count how often they are asked. */
class CountingScheduler implements SchedulerLike {
  looks = 0;
  timers = 0;
  readonly running = new Set<Subscription>();

  now(): number {
    this.looks += 1;
    return asyncScheduler.now();
  }

  schedule(): Subscription {
    this.timers += 1;
    const timer = new Subscription(() => this.running.delete(timer));
    this.running.add(timer);
    return timer;
  }
}

describe('the budget', () => {
  it('has one timer for all batches in a row, and none for an event', () => {
    const scheduler = new CountingScheduler();
    const sink = new MemorySink();
    const collector = new EventCollector({ sinks: [sink], scheduler });
    for (let n = 0; n < 1_050; n += 1) collector.track('feature_used', n);
    expect(sink.getEvents()).to.have.length(10);
    expect([scheduler.timers, scheduler.running.size]).to.deep.equal([1, 1]);
    expectBalanced(collector);
  });

  it('reads the clock once per event, and a few times per batch', () => {
    const scheduler = new CountingScheduler();
    const collector = new EventCollector({ sinks: [new MemorySink()], scheduler });
    collector.track('feature_used');
    collector.flush();
    const { looks } = scheduler;
    for (let n = 0; n < 1_000; n += 1) collector.track('feature_used', n);
    expect(scheduler.looks - looks).to.be.within(1_000, 1_000 + 10 * 10);
    expectBalanced(collector);
  });

  it('draws no random number for an event that is kept anyway', () => {
    let draws = 0;
    const collector = new EventCollector({
      sinks: [new MemorySink()],
      random: () => {
        draws += 1;
        return 0.5;
      },
    });
    for (let n = 0; n < 1_000; n += 1) collector.track('feature_used', n);
    expect(draws).to.equal(0);
    expectBalanced(collector);
  });
});
