import { expect } from 'chai';
import { BehaviorSubject, filter, NEVER, Subject, throwError, timer } from 'rxjs';
import type { ConsentState } from '../../lib/consent/consent-gate.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import { expectBalanced } from '../support/books.js';
import { virtually } from '../support/virtual.js';
import { lettersOf } from '../support/letters-of.js';

describe('consent', () => {
  it('is awaited: events are held, and released in order with their own timestamps', () => {
    const sink = new MemorySink();
    const consent$ = new Subject<ConsentState>();
    const collector = virtually({ sinks: [sink], consent$ }, ({ collector: made, collect, at }) => {
      expect(made.collect({ type: 'feature_used', data: 'a' })).to.equal('accepted');
      expect(made.stats()).to.include({ eventsReceived: 1, eventsBuffered: 1 });
      at(50, () => {
        collect('b');
      });
      at(100, () => {
        consent$.next('granted');
        collect('c');
      });
      at(200, () => void made.shutdown());
    });
    expect(lettersOf(sink.events)).to.equal('abc');
    expect(sink.events.map(({ timestamp }) => timestamp)).to.deep.equal([0, 50, 100]);
    expect(collector.stats()).to.include({ eventsProcessed: 3 });
  });

  it('is not awaited by flush; events that still wait for it at shutdown are dropped', () => {
    const sink = new MemorySink();
    const collector = virtually({ sinks: [sink], consent$: NEVER }, ({ collector: made, collect, ends }) => {
      collect('ab');
      void made.flush();
      expect(ends[0]?.report).to.include({ timedOut: false, held: 2 });
      void made.shutdown();
      expect(ends[1]?.report).to.include({ timedOut: false, held: 2 });
    });
    expect(collector.stats().dropped.shutdown).to.equal(2);
  });

  it('denied returns `filtered`, and purges held, open and queued events', () => {
    const consent$ = new BehaviorSubject<ConsentState>('granted');
    const sent: unknown[] = [];
    const sink = {
      name: 'slow',
      process: ({ events }: { events: readonly { data: unknown }[] }) => (sent.push(...events.map(({ data }) => data)), timer(100)),
    };
    const collector = virtually({ sinks: [sink], consent$, config: { batch: { maxCount: 2 } } }, ({ collector: made, collect, at }) => {
      collect('abcde');
      consent$.next('denied');
      expect(made.collect({ type: 'feature_used', data: 'f' })).to.equal('filtered');
      at(1, () => {
        expect(made.stats().sinks.slow).to.deep.include({ pending: 2, dropped: 2, droppedBy: { consent: 2 } });
        expect(made.stats()).to.include({ eventsBuffered: 0, eventsDropped: 1 });
      });
    });
    expect(sent).to.deep.equal(['a', 'b']);
    expect(collector.stats()).to.include({ eventsReceived: 6, eventsFiltered: 1, eventsProcessed: 4, eventsDropped: 1 });
    expect(collector.stats().dropped.consent).to.equal(1);
  });

  for (const [title, sinks] of [
    ['', [new MemorySink()]],
    [' without a sink', []],
  ] as const) {
    it(`denied emits no batch of the open events${title}, and leaves no gap in sequences`, () => {
      const consent$ = new BehaviorSubject<ConsentState>('granted');
      const batches: unknown[] = [];
      const config = { batch: { maxCount: 10, maxAgeMs: 50 } };
      const collector = virtually({ sinks, consent$, config }, ({ collector: made, collect, at }) => {
        made.batches$.subscribe(({ sequence, events }) => batches.push([sequence, events.map(({ data }) => data)]));
        collect('a');
        void made.flush();
        collect('bc');
        consent$.next('denied');
        consent$.next('granted');
        at(10, () => {
          collect('d');
        });
        at(55, () => {
          expect(batches).to.deep.equal([[1, ['a']]]);
        });
        at(61, () => {
          expect(batches).to.deep.equal([
            [1, ['a']],
            [2, ['d']],
          ]);
        });
      });
      expectBalanced(collector);
      expect(collector.stats()).to.include({ batchesFlushed: 2, eventsProcessed: sinks.length === 0 ? 4 : 2 });
    });
  }

  it('denied drops the open events behind stages', () => {
    const consent$ = new BehaviorSubject<ConsentState>('granted');
    const batches: unknown[] = [];
    const collector = virtually(
      { sinks: [new MemorySink()], consent$, stages: [filter(({ data }) => data !== 'b')] },
      ({ collector: made, collect }) => {
        made.batches$.subscribe((batch) => batches.push(batch));
        collect('abc');
        consent$.next('denied');
      },
    );
    expectBalanced(collector);
    expect(batches).to.deep.equal([]);
    expect(collector.stats()).to.include({ stagesIn: 3, stagesOut: 2, droppedAfter: 2 });
  });

  it('holds at most queue.maxEvents, and nothing longer than 30 minutes', () => {
    const collector = virtually({ sinks: [], consent$: NEVER, config: { queue: { maxEvents: 2 } } }, ({ collector: made, collect, at }) => {
      collect('ab');
      expect(made.collect({ type: 'feature_used', data: 'c' })).to.equal('dropped');
      at(31 * 60_000, () => {
        expect(made.stats()).to.include({ eventsBuffered: 0, eventsDropped: 3 });
      });
    });
    expect(collector.stats().dropped.consent).to.equal(3);
  });

  it('keeps its state when its stream fails, and reports the failure', () => {
    virtually({ sinks: [], consent$: throwError(() => new Error('boom')) }, ({ collector: made, collect }) => {
      collect('a');
      expect(made.stats().eventsBuffered).to.equal(1);
    });
  });
});
