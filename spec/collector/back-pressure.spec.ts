import { expect } from 'chai';
import { NEVER, timer } from 'rxjs';
import type { EventCollector } from '../../lib/collector/event-collector.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import type { CollectOutcome } from '../../lib/ledger/ledger.js';
import type { EventSink } from '../../lib/sink/sink.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import { virtually } from '../support/virtual.js';
import { lettersOf } from '../support/letters-of.js';

describe('a lane that blocks', () => {
  const slow = (delivered: string[]): EventSink => ({
    name: 'slow',
    process: ({ events }) => (delivered.push(lettersOf(events)), timer(100)),
  });
  const options = { lane: { overflow: 'block', maxEvents: 2 }, config: { batch: { maxCount: 1 } } } as const;
  /** Collects letter by letter with `collectAsync`; promises settle outside of virtual time. */
  const collectAllAsync = (collector: EventCollector, letters: string): Promise<CollectOutcome>[] =>
    [...letters].map((data) => collector.collectAsync({ type: 'feature_used', data }));

  it('makes `collect` return `dropped` while pending events and the open batch reach the bound', () => {
    const delivered: string[] = [];
    const collector = virtually({ ...options, sinks: [slow(delivered)] }, ({ collector: made, collect, at }) => {
      collect('ab');
      expect(made.collect({ type: 'feature_used', data: 'c' })).to.equal('dropped');
      at(101, () => {
        expect(made.collect({ type: 'feature_used', data: 'd' })).to.equal('accepted');
      });
    });
    expect(delivered).to.deep.equal(['a', 'b', 'd']);
    expect(collector.stats().dropped.backpressure).to.equal(1);
    expect(collector.stats().sinks.slow).to.include({ offered: 3, delivered: 3, dropped: 0 });
  });

  it('makes `collectAsync` wait (FIFO) without counting the event', () => {
    const delivered: string[] = [];
    const collector = virtually({ ...options, sinks: [slow(delivered)] }, ({ collector: made, at }) => {
      void collectAllAsync(made, 'abcdef');
      expect(made.stats().eventsReceived).to.equal(2);
      expect(made.collect({ type: 'feature_used', data: 'barges in' })).to.equal('dropped');
      at(250, () => {
        expect(made.stats().eventsReceived).to.equal(5);
      });
    });
    expect(delivered).to.deep.equal(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(collector.stats()).to.include({ eventsReceived: 7, eventsProcessed: 6 });
  });

  it('cuts the open batch when only that frees capacity', () => {
    const delivered: string[] = [];
    virtually(
      { sinks: [slow(delivered)], lane: { overflow: 'block', maxEvents: 2 }, config: { batch: { maxAgeMs: 0 } } },
      ({ collector: made }) => {
        void collectAllAsync(made, 'abcde');
      },
    );
    expect(delivered.join('')).to.equal('abcd');
  });

  it('does not cut the open batch when another lane is full', () => {
    const dead: EventSink = { name: 'dead', process: () => NEVER };
    const lane = { overflow: 'block', maxEvents: 3 } as const;
    virtually({ sinks: [dead, new MemorySink()], lane, config: { batch: { maxCount: 2 } } }, ({ collector }) => {
      void collectAllAsync(collector, 'abcd');
      expect(collector.stats()).to.include({ batchesFlushed: 1, eventsBuffered: 1 });
      void collector.shutdown({ timeoutMs: 0 });
    });
  });

  it('resolves waiting calls with `closed` at shutdown, and with `filtered` when consent is denied', async () => {
    let outcomes: Promise<CollectOutcome>[] = [];
    virtually({ ...options, sinks: [slow([])] }, ({ collector: made }) => {
      outcomes = collectAllAsync(made, 'abc');
      void made.shutdown();
    });
    expect(await Promise.all(outcomes)).to.deep.equal(['accepted', 'accepted', 'closed']);
  });

  it('accepts a dead letter only if there is capacity', () => {
    virtually({ ...options, sinks: [slow([])] }, ({ collector: made, collect }) => {
      collect('ab');
      const batch = { id: 'x', sequence: 1, createdAt: 0, events: [], reason: 'count' } as const;
      expect(
        made.redeliver({ sink: 'slow', batch: { ...batch, events: [{} as AnalyticsEvent] }, error: new Error() as never, attempts: 1 }),
      ).to.equal(false);
    });
  });
});
