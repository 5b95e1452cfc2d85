import { expect } from 'chai';
import { BehaviorSubject } from 'rxjs';
import { EventCollector } from '../../lib/collector/event-collector.js';
import type { ConsentState } from '../../lib/consent/consent-gate.js';
import type { CollectOutcome } from '../../lib/ledger/ledger.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import { expectBalanced } from '../support/books.js';

describe('a collect from inside a callback', () => {
  it('is published later, so that all subscribers see the same order', () => {
    const sink = new MemorySink();
    const collector = new EventCollector({ sinks: [sink], config: { batch: { maxCount: 1 } } });
    const orders: unknown[][] = [[], []];
    collector.subscribe(({ data }) => {
      orders[0]?.push(data);
      if (data === 'a') {
        collector.track('feature_used', 'b');
        collector.track('feature_used', 'c');
      }
    });
    collector.subscribe(({ data }) => orders[1]?.push(data));
    collector.track('feature_used', 'a');
    expect(orders).to.deep.equal([
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
    ]);
    expect(sink.events.map(({ data }) => data)).to.deep.equal(['a', 'b', 'c']);
    expectBalanced(collector);
  });

  it('may form a chain of 10,000 without growing the stack; the next event is dropped', () => {
    const collector = new EventCollector({ sinks: [] });
    const outcomes: CollectOutcome[] = [];
    collector.subscribe(() => {
      outcomes.push(collector.track('feature_used'));
    });
    outcomes.push(collector.track('feature_used'));
    expect(outcomes.filter((outcome) => outcome === 'accepted')).to.have.length(10_000);
    expect(outcomes.filter((outcome) => outcome === 'dropped')).to.have.length(1);
    expect(expectBalanced(collector).dropped.reentrancy).to.equal(1);
  });

  it('ends a chain through a sink, too', () => {
    const collector: EventCollector = new EventCollector({
      sinks: [{ name: 'echo', process: () => void collector.track('feature_used') }],
      config: { batch: { maxCount: 1 } },
    });
    collector.track('feature_used');
    expect(expectBalanced(collector)).to.deep.include({ eventsReceived: 10_001, eventsProcessed: 10_000 });
  });

  it('ends a chain through a sink that starts at a flush', async () => {
    let isEchoing = false;
    const collector: EventCollector = new EventCollector({
      sinks: [
        {
          name: 'echo',
          process: () => {
            if (isEchoing) collector.track('feature_used');
          },
        },
      ],
      config: { batch: { maxCount: 2 } },
    });
    collector.track('feature_used');
    isEchoing = true;
    await collector.flush();
    expect(expectBalanced(collector).eventsReceived).to.be.at.most(3);
  });

  it('ends a chain of `collectAsync` calls that wait for capacity', () => {
    const collector = new EventCollector({ sinks: [new MemorySink()], lane: { overflow: 'block', maxEvents: 1 } });
    let published = 0;
    collector.subscribe(() => {
      published += 1;
      if (published < 20_000) void collector.collectAsync({ type: 'feature_used' });
    });
    collector.track('feature_used');
    expect(published).to.equal(10_000);
    expect(expectBalanced(collector).dropped.reentrancy).to.equal(1);
  });

  it('ends a chain of `collect` calls for each of which consent is granted', () => {
    const consent$ = new BehaviorSubject<ConsentState>('granted');
    const collector = new EventCollector({ sinks: [], consent$ });
    let published = 0;
    collector.subscribe(() => {
      published += 1;
      if (published === 20_000) return;
      consent$.next('unknown');
      collector.track('feature_used');
      consent$.next('granted');
    });
    collector.track('feature_used');
    expect(published).to.equal(10_000);
    expect(expectBalanced(collector).dropped.reentrancy).to.equal(1);
  });

  it('may be nested 32 deep inside an enricher; the next is dropped', () => {
    const outcomes: CollectOutcome[] = [];
    const collector: EventCollector = new EventCollector({
      sinks: [],
      enrichers: (event) => {
        outcomes.push(collector.track('feature_used'));
        return event;
      },
    });
    outcomes.push(collector.track('feature_used'));
    expect(outcomes.filter((outcome) => outcome === 'accepted')).to.have.length(32);
    expect(expectBalanced(collector).dropped.reentrancy).to.equal(1);
  });

  it('may be called 10,000 times inside the enrichers of one event; further events are dropped', () => {
    const collector: EventCollector = new EventCollector({
      sinks: [],
      enrichers: (event) => {
        collector.track('feature_used');
        collector.track('feature_used');
        return event;
      },
    });
    expect([collector.track('feature_used'), collector.track('feature_used')]).to.deep.equal(['accepted', 'accepted']);
    const { eventsProcessed, dropped } = expectBalanced(collector);
    expect(eventsProcessed).to.be.within(10_000, 20_002);
    expect(dropped.reentrancy).to.be.within(10_000, 20_002);
  });

  it('does not see the current event in the ledger yet', () => {
    const seen: number[] = [];
    const collector: EventCollector = new EventCollector({
      sinks: [],
      enrichers: (event) => {
        seen.push(expectBalanced(collector).eventsReceived);
        return event;
      },
    });
    collector.track('feature_used');
    collector.track('feature_used');
    expect(seen).to.deep.equal([0, 1]);
  });
});
