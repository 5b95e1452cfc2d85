import { expect } from 'chai';
import { NEVER, switchMap, throwError, timer, type Observable } from 'rxjs';
import { withPageLifecycle } from '../../lib/browser/index.js';
import { stateOf } from '../../lib/browser/page.js';
import { EventCollector } from '../../lib/collector/event-collector.js';
import { SinkError, type SinkErrorKind } from '../../lib/errors/sink-error.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import { testCollector } from '../../lib/testing/test-collector.js';
import { expectBalanced } from '../support/books.js';
import { virtually } from '../support/virtual.js';
import { FakePage } from './fake-page.js';
import { lettersOf } from '../support/letters-of.js';

describe('withPageLifecycle', () => {
  let page: FakePage;
  let sink: MemorySink;

  beforeEach(() => {
    page = new FakePage();
    sink = new MemorySink();
  });

  describe('when the page is left', () => {
    const ways: Readonly<Record<string, () => void>> = {
      'is hidden': () => {
        page.show('hidden');
      },
      'is left': () => {
        page.fire('pagehide');
      },
      'is frozen': () => {
        page.document.dispatchEvent(new Event('freeze'));
      },
    };
    for (const [how, go] of Object.entries(ways)) {
      it(`delivers what was collected, before the listener returns: the page ${how}`, () => {
        virtually({ sinks: [sink] }, ({ collector, collect }) => {
          withPageLifecycle(collector, { window: page });
          collect('ab');
          expect(sink.events).to.deep.equal([]);
          go();
          expect(lettersOf(sink.events)).to.equal('ab');
        });
      });

      it(`delivers the events of later listeners in one batch: the page ${how}`, async () => {
        const collector = new EventCollector({ sinks: [sink] });
        withPageLifecycle(collector, { window: page });
        go();
        for (const letter of 'ab') collector.track('feature_used', letter);
        await Promise.resolve();
        expect(sink.getEvents().map(({ events, reason }) => `${lettersOf(events)} ${reason}`)).to.deep.equal(['ab flush']);
        await collector.shutdown();
      });

      it(`immediately attempts batches that wait for a retry, the breaker or another batch: the page ${how}`, () => {
        let isUp = false;
        const busy = new SinkError('unavailable', 'Busy', { retryAfterMs: 20_000 });
        const waiting = { name: 'waiting', process: () => (isUp ? undefined : throwError(() => busy)) };
        const slow = { name: 'slow', process: () => (isUp ? undefined : NEVER) };
        const lane = { breaker: { failures: 1, openMs: 60_000 } };
        virtually({ sinks: [waiting, slow], lane, config: { batch: { maxCount: 1 } } }, ({ collector, collect, at }) => {
          withPageLifecycle(collector, { window: page });
          collect('abc');
          expect(collector.stats().sinks.waiting).to.include({ attempts: 1, breaker: 'open' });
          at(1_000, () => {
            isUp = true;
            go();
            expect(collector.stats().sinks.waiting).to.include({ delivered: 3, pending: 0, breaker: 'closed' });
            expect(collector.stats().sinks.slow).to.include({ delivered: 2, pending: 1 });
            collector.shutdown({ timeoutMs: 0 }).catch(() => undefined);
          });
        });
      });
    }

    it('cuts batches by age and count again once a hidden page runs on', () => {
      virtually({ sinks: [sink], config: { batch: { maxAgeMs: 1_000 } } }, ({ collector, collect, at }) => {
        withPageLifecycle(collector, { window: page });
        page.show('hidden');
        at(10, () => {
          collect('a');
        });
        at(1_009, () => {
          expect(sink.events).to.deep.equal([]);
        });
        at(1_011, () => {
          expect(lettersOf(sink.events)).to.equal('a');
        });
      });
    });

    it('does nothing when the page is shown', () => {
      virtually({ sinks: [sink] }, ({ collector, collect }) => {
        withPageLifecycle(collector, { window: page });
        collect('a');
        page.show('visible');
        expect(sink.events).to.deep.equal([]);
        collector.shutdown();
      });
    });

    it('works on after a return from the back/forward cache', () => {
      virtually({ sinks: [sink] }, ({ collector, collect, at }) => {
        withPageLifecycle(collector, { window: page });
        for (const [start, letter] of ['a', 'b', 'c'].entries()) {
          at(10 * start, () => {
            collect(letter);
            page.fire('pagehide');
            expect(stateOf(page).isLeaving).to.equal(true);
          });
          at(10 * start + 5, () => {
            page.fire('pageshow');
            expect(stateOf(page).isLeaving).to.equal(false);
          });
        }
        at(40, () => {
          expect(sink.getEvents().map(({ events }) => lettersOf(events))).to.deep.equal(['a', 'b', 'c']);
        });
      });
    });

    it('has no timer while the page is hidden and nothing happens', () => {
      const { collector, scheduler, advance } = testCollector();
      withPageLifecycle(collector, { window: page, scheduler });
      collector.track('feature_used', 'a');
      page.show('hidden');
      advance(1);
      expect(scheduler.actions).to.deep.equal([]);
    });
  });

  describe('while the page is offline', () => {
    it('attempts nothing, loses nothing, and delivers everything when it is online again', () => {
      virtually({ sinks: [sink], config: { batch: { maxAgeMs: 10 } } }, ({ collector, collect, at }) => {
        withPageLifecycle(collector, { window: page });
        page.connect(false);
        for (const [index, letter] of ['a', 'b', 'c'].entries()) {
          at(index * 100, () => {
            collect(letter);
          });
        }
        at(3_600_000, () => {
          expect(collector.stats().sinks.memory).to.include({ offered: 3, pending: 3, attempts: 0 });
          page.connect(true);
          expect(lettersOf(sink.events)).to.equal('abc');
          expect(collector.stats().sinks.memory).to.include({ delivered: 3, failed: 0, attempts: 3 });
        });
      });
    });

    it('starts paused if the page is offline', () => {
      page.navigator.onLine = false;
      virtually({ sinks: [sink] }, ({ collector, collect }) => {
        withPageLifecycle(collector, { window: page });
        collect('a');
        page.show('hidden');
        expect(sink.events).to.deep.equal([]);
        page.connect(true);
        expect(lettersOf(sink.events)).to.equal('a');
      });
    });

    it('notices that it is online again after it was frozen', () => {
      virtually({ sinks: [sink] }, ({ collector, collect }) => {
        withPageLifecycle(collector, { window: page });
        page.connect(false);
        collect('a');
        page.fire('pagehide');
        page.navigator.onLine = true;
        page.fire('pageshow');
        expect(lettersOf(sink.events)).to.equal('a');
      });
    });

    it('pauses sinks that are registered meanwhile', () => {
      virtually({ config: { batch: { maxCount: 1 } } }, ({ collector, collect }) => {
        withPageLifecycle(collector, { window: page });
        page.connect(false);
        collector.registerSink(sink);
        collect('ab');
        expect(sink.events).to.deep.equal([]);
        page.connect(true);
        expect(lettersOf(sink.events)).to.equal('ab');
      });
    });

    it('does not attempt a failed batch, and does not count the time for its retries', () => {
      const unreachable = {
        name: 'http',
        process: () => (page.navigator.onLine ? undefined : throwError(() => new SinkError('unavailable', 'No network'))),
      };
      virtually({ sinks: [unreachable], config: { batch: { maxCount: 1 } } }, ({ collector, collect, at }) => {
        withPageLifecycle(collector, { window: page });
        // The network fails before the page receives the event.
        page.navigator.onLine = false;
        collect('a');
        page.connect(false);
        collect('b');
        at(1_000_000, () => {
          expect(collector.stats().sinks.http).to.include({ pending: 2, attempts: 1 });
          page.connect(true);
          expect(collector.stats().sinks.http).to.include({ offered: 2, delivered: 2, attempts: 3 });
        });
      });
    });

    it('does not count the time for the halves of a batch that turned out to be too large meanwhile', () => {
      const failing = (kind: SinkErrorKind): Observable<never> => throwError(() => new SinkError(kind, kind));
      const answers = [timer(10).pipe(switchMap(() => failing('too_large'))), failing('unavailable')];
      const answering = { name: 'http', process: () => answers.shift() };
      virtually({ sinks: [answering], config: { batch: { maxCount: 2 } } }, ({ collector, collect, at }) => {
        withPageLifecycle(collector, { window: page });
        collect('ab');
        page.connect(false);
        at(1_000_000, () => {
          expect(collector.stats().sinks.http).to.include({ pending: 2, attempts: 1 });
          page.connect(true);
        });
        at(1_010_000, () => {
          expect(collector.stats().sinks.http).to.include({ delivered: 2, failed: 0, attempts: 4 });
        });
      });
    });

    it("doesn't pause with `pauseOffline: false`", () => {
      virtually({ sinks: [sink] }, ({ collector, collect }) => {
        withPageLifecycle(collector, { window: page, pauseOffline: false });
        page.connect(false);
        collect('a');
        page.show('hidden');
        expect(lettersOf(sink.events)).to.equal('a');
      });
    });

    for (const pauseOffline of [true, false]) {
      it(`ends every wait when it is online again, with pauseOffline ${String(pauseOffline)}`, () => {
        const answers = [new SinkError('unavailable', 'No network', { retryAfterMs: 60_000 }), undefined];
        const http = { name: 'http', process: () => throwError(() => answers.shift()) };
        const answering = { ...http, process: () => (answers[0] === undefined ? undefined : http.process()) };
        virtually({ sinks: [answering], config: { batch: { maxCount: 1 } } }, ({ collector, collect, at }) => {
          withPageLifecycle(collector, { window: page, pauseOffline });
          collect('a');
          page.connect(false);
          at(10, () => {
            page.connect(true);
            expect(collector.stats().sinks.http).to.include({ delivered: 1, attempts: 2 });
          });
        });
      });
    }

    it('counts the events that a shutdown drops while offline', () => {
      const collector = virtually({ sinks: [sink] }, ({ collector, collect }) => {
        withPageLifecycle(collector, { window: page });
        page.connect(false);
        collect('ab');
        collector.shutdown();
      });
      expect(collector.stats().sinks.memory).to.deep.include({ offered: 2, dropped: 2, droppedBy: { shutdown: 2 } });
    });
  });

  it('never listens to events that keep a page out of the back/forward cache', () => {
    const collector = new EventCollector({ sinks: [sink] });
    const lifecycle = withPageLifecycle(collector, { window: page });
    expect(new Set(page.allListeners)).to.deep.equal(
      new Set(['freeze', 'offline', 'online', 'pagehide', 'pageshow', 'resume', 'visibilitychange']),
    );
    lifecycle.unsubscribe();
  });

  it('removes its listeners and ends the pause when unsubscribed', () => {
    virtually({ sinks: [sink] }, ({ collector, collect }) => {
      const lifecycle = withPageLifecycle(collector, { window: page });
      page.connect(false);
      collect('a');
      page.show('hidden');
      lifecycle.unsubscribe();
      expect(page.allListeners).to.deep.equal([]);
      expect(lettersOf(sink.events)).to.equal('a');
      collect('b');
      page.show('hidden');
      expect(lettersOf(sink.events)).to.equal('a');
      collector.shutdown();
    });
  });

  it('removes its listeners after shutdown', async () => {
    const collector = new EventCollector({ sinks: [sink] });
    const lifecycle = withPageLifecycle(collector, { window: page });
    page.show('hidden');
    await collector.shutdown();
    expect(page.allListeners).to.deep.equal([]);
    expect(lifecycle.closed).to.equal(true);
    expectBalanced(collector);
  });

  it('adds no listener for a collector that has been shut down', async () => {
    const collector = new EventCollector({ sinks: [sink] });
    await collector.shutdown();
    withPageLifecycle(collector, { window: page });
    expect(page.allListeners).to.deep.equal([]);
  });

  it('treats two collectors of one page separately', () => {
    virtually({ sinks: [sink] }, (one) => {
      const other = new MemorySink();
      virtually({ sinks: [other] }, (two) => {
        withPageLifecycle(one.collector, { window: page });
        withPageLifecycle(two.collector, { window: page }).unsubscribe();
        one.collect('a');
        two.collect('b');
        page.show('hidden');
        expect([lettersOf(sink.events), lettersOf(other.events)]).to.deep.equal(['a', '']);
        two.collector.shutdown();
      });
    });
  });

  it('treats the page as staying when it starts', async () => {
    const first = new EventCollector({ sinks: [sink] });
    withPageLifecycle(first, { window: page });
    page.fire('pagehide');
    expect(stateOf(page).isLeaving).to.equal(true);
    await first.shutdown();
    page.fire('pageshow');
    const second = new EventCollector({ sinks: [sink] });
    withPageLifecycle(second, { window: page });
    expect(stateOf(page).isLeaving).to.equal(false);
    await second.shutdown();
  });

  it('does nothing without a page', () => {
    const collector = new EventCollector({ sinks: [sink] });
    expect(withPageLifecycle(collector).closed).to.equal(true);
  });

  it('throws for invalid and unknown options', () => {
    expect(() => withPageLifecycle({} as never, { window: page })).to.throw(
      TypeError,
      'Expected `collector` to be a collector, got an object',
    );
    const collector = new EventCollector({ sinks: [sink] });
    expect(() => withPageLifecycle(collector, { window: page, pauseOffline: 1 as never })).to.throw(
      TypeError,
      'Expected `pauseOffline` to be a boolean, got `1` (number)',
    );
    expect(() => withPageLifecycle(collector, { window: page, offline: true } as object)).to.throw(
      TypeError,
      'Unknown option `offline`. Did you mean `pauseOffline`? Options: pauseOffline, scheduler, window',
    );
  });
});
