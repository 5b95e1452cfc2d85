import { expect } from 'chai';
import { map, NEVER, take, throwError } from 'rxjs';
import { EventCollector } from '../../lib/collector/event-collector.js';
import { SinkError } from '../../lib/errors/sink-error.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import type { CollectorStats } from '../../lib/ledger/ledger.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import { expectBalanced } from '../support/books.js';
import { virtually } from '../support/virtual.js';

describe('events$', () => {
  it('is hot and shared: late subscribers see only later events', () => {
    const collector = new EventCollector({ sinks: [] });
    const seen: unknown[][] = [[], []];
    collector.events$.subscribe(({ data }) => seen[0]?.push(data));
    collector.track('feature_used', 'a');
    collector.events$.subscribe(({ data }) => seen[1]?.push(data));
    collector.track('feature_used', 'b');
    expect(seen).to.deep.equal([['a', 'b'], ['b']]);
  });

  it('survives a throwing operator and unsubscriptions', () => {
    const sink = new MemorySink();
    const collector = new EventCollector({ sinks: [sink] });
    const seen: unknown[] = [];
    let thrown: unknown;
    collector.events$
      .pipe(
        map(() => {
          throw new Error('boom');
        }),
      )
      .subscribe({ error: (error: unknown) => (thrown = error) });
    const leaving = collector.events$.subscribe(() => {
      leaving.unsubscribe();
    });
    collector.events$.subscribe(({ data }) => seen.push(data));
    collector.track('feature_used', 'a');
    collector.track('feature_used', 'b');
    expect(seen).to.deep.equal(['a', 'b']);
    expect(thrown).to.be.instanceOf(Error);
    expect(expectBalanced(collector).eventsBuffered).to.equal(2);
  });

  it('always has a session, even if an enricher removes it', () => {
    const collector = new EventCollector({ sinks: [], enrichers: (event) => ({ ...event, sessionId: undefined }) });
    collector.subscribe(({ sessionId }) => {
      expect(sessionId).to.equal(collector.sessionId);
    });
    collector.track('feature_used');
  });
});

describe('subscribe', () => {
  it('reports and unsubscribes an observer that throws, without an effect on others', () => {
    virtually({ sinks: [] }, ({ collector, collect, diagnostics }) => {
      const seen: unknown[] = [];
      const bad = collector.subscribe(() => {
        throw new Error('boom');
      });
      collector.subscribe({ next: ({ data }) => seen.push(data) });
      collect('ab');
      expect(bad.closed).to.equal(true);
      expect(seen).to.deep.equal(['a', 'b']);
      expect(diagnostics).to.have.length(1);
      expect(diagnostics[0]).to.deep.include({ type: 'callback_error', callback: 'subscriber', count: 1 });
    });
  });
});

describe('diagnostics$', () => {
  it('reports the first loss of a kind immediately, and later ones once a second, with their count', () => {
    virtually({ sinks: [], config: {}, validate: () => 'never good' }, ({ collect, diagnostics, at }) => {
      collect('abc');
      expect(diagnostics).to.have.length(1);
      expect(diagnostics[0]).to.deep.include({ type: 'loss', reason: 'invalid', count: 1, at: 0 });
      at(1_001, () => {
        expect(diagnostics).to.have.length(2);
        expect(diagnostics[1]).to.deep.include({ type: 'loss', reason: 'invalid', count: 2, at: 1_000 });
      });
    });
  });

  it('reports the losses of each sink', () => {
    const sinks = [
      { name: 'full', process: () => NEVER },
      { name: 'rejecting', process: () => throwError(() => new SinkError('rejected', 'no')) },
    ];
    virtually({ sinks, config: { batch: { maxCount: 1 }, queue: { maxEvents: 1 } } }, ({ collector, collect, diagnostics }) => {
      collect('ab');
      const losses = diagnostics.flatMap((each) => (each.type === 'loss' ? [[each.sink, each.reason, each.count]] : []));
      expect(losses).to.deep.include.members([
        ['full', 'overflow', 1],
        ['rejecting', 'failed', 1],
      ]);
      void collector.shutdown({ timeoutMs: 0 });
    });
  });

  it('emits remaining reports before it completes', () => {
    virtually({ sinks: [], validate: () => 'never good' }, ({ collector, collect, diagnostics }) => {
      collect('abc');
      void collector.shutdown();
      const count = diagnostics.reduce((sum, each) => sum + (each.type === 'loss' ? each.count : 0), 0);
      expect(count).to.equal(3);
    });
  });

  it('emits all reports even if the first one makes its subscriber shut down', () => {
    const enrichers = (event: AnalyticsEvent): AnalyticsEvent => {
      throw event.data;
    };
    const validate = ({ data }: AnalyticsEvent): string | undefined => (data === 'a' ? 'never good' : undefined);
    virtually({ sinks: [], enrichers, validate }, ({ collector, collect, diagnostics, at }) => {
      collect('aabb');
      collector.diagnostics$.pipe(take(1)).subscribe(() => void collector.shutdown());
      at(1_001, () => {
        const losses = diagnostics.flatMap((each) => (each.type === 'loss' ? [[each.reason, each.count]] : []));
        expect(losses).to.deep.equal([
          ['invalid', 1],
          ['enricher_error', 1],
          ['invalid', 1],
          ['enricher_error', 1],
        ]);
      });
    });
  });
});

describe('stats$', () => {
  it('emits the ledger now, on changes at most once a second, and at the end', () => {
    virtually({ sinks: [] }, ({ collector, collect, at, now }) => {
      const seen: [number, number][] = [];
      collector.stats$.subscribe(({ eventsReceived }: CollectorStats) => seen.push([now(), eventsReceived]));
      collect('abc');
      at(5_000, () => {
        collect('d');
      });
      at(5_500, () => {
        collect('e');
        void collector.shutdown();
        expect(seen).to.deep.equal([
          [0, 0],
          [1_000, 3],
          [5_000, 4],
          [5_500, 5],
        ]);
      });
    });
  });
});
