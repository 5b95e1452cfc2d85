import { expect } from 'chai';
import {
  asyncScheduler,
  BehaviorSubject,
  mergeMap,
  NEVER,
  startWith,
  Subscription,
  take,
  tap,
  throwError,
  timer,
  type ObservableInput,
  type SchedulerLike,
} from 'rxjs';
import { EventCollector } from '../../lib/collector/event-collector.js';
import { SinkError } from '../../lib/errors/sink-error.js';
import { createEvent } from '../../lib/event/create-event.js';
import type { AnalyticsEvent, EventBatch } from '../../lib/event/event.js';
import type { ConsentState } from '../../lib/consent/consent-gate.js';
import type { DeadLetter } from '../../lib/lane/delivery.js';
import type { EventSink } from '../../lib/sink/sink.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import { expectBalanced } from '../support/books.js';
import { virtually } from '../support/virtual.js';

const sinkOf = (process: () => ObservableInput<unknown> | void, rest: Partial<EventSink> = {}): EventSink => ({
  name: 'sink',
  process,
  ...rest,
});

describe('at awkward moments', () => {
  for (const count of [10, 15, 20, 25]) {
    it(`flush waits for exactly what is left of ${String(count)} events when its own cut overflows the lane`, () => {
      virtually({ sinks: [sinkOf(() => timer(20))], config: { queue: { maxEvents: 10 } } }, ({ collector, collect, ends, at }) => {
        collect('x'.repeat(count));
        void collector.flush({ timeoutMs: 500 });
        at(21, () => {
          expect(ends.map(({ at: when, report }) => [when, report.timedOut, report.sinks['sink']?.pending])).to.deep.equal([
            [20, false, 0],
          ]);
          expect(collector.stats().sinks['sink']).to.include({ delivered: 10, dropped: count - 10 });
        });
      });
    });
  }

  it('a sink that is leaving when the collector shuts down has the right reason in its books', () => {
    const collector = virtually({ sinks: [sinkOf(() => NEVER)] }, ({ collector: made, collect, ends, at }) => {
      collect('a');
      void made.unregisterSink('sink', { timeoutMs: 10_000 });
      void made.shutdown({ timeoutMs: 30 });
      at(31, () => {
        expect(ends.map(({ type, report }) => [type, report.timedOut, report.sinks['sink']?.pending])).to.deep.equal([
          ['unregister', true, 0],
          ['shutdown', true, 0],
        ]);
      });
    });
    expect(collector.stats().sinks['sink']?.droppedBy).to.deep.equal({ shutdown: 1 });
  });

  it('a dead letter is not taken back by a sink that has been asked to leave', () => {
    const calls: string[] = [];
    const sink = sinkOf(() => (calls.push('process'), throwError(() => new SinkError('rejected', 'no'))), {
      close: () => (calls.push('close'), []),
    });
    virtually({ sinks: [sink], config: { batch: { maxCount: 1 } } }, ({ collector, collect }) => {
      const taken: boolean[] = [];
      collector.deadLetters$.subscribe((letter) => {
        void collector.unregisterSink('sink');
        taken.push(collector.redeliver(letter));
      });
      collect('a');
      expect([taken, calls]).to.deep.equal([[false], ['process', 'close']]);
    });
  });

  it('whoever waits for a probe when a sink is asked to leave waits for its answer, if that comes before the deadline', () => {
    const answers = [throwError(() => new SinkError('unavailable', 'down')), timer(20), timer(5)];
    const lane = {
      concurrency: 2,
      timeoutMs: 100,
      retry: { baseDelayMs: 0, jitter: 'none' },
      breaker: { failures: 1, openMs: 50 },
    } as const;
    const attempts: number[] = [];
    const sink = sinkOf(() => answers[attempts.push(asyncScheduler.now()) - 1]);
    const collector = virtually({ sinks: [sink], lane, config: { batch: { maxCount: 1 } } }, ({ collector: made, collect, at }) => {
      collect('ab');
      at(55, () => void made.shutdown({ timeoutMs: 30_000 }));
    });
    expect(collector.stats().sinks['sink']).to.deep.include({ delivered: 2, failed: 0, dropped: 0 });
    expect(attempts).to.deep.equal([0, 50, 70]);
  });

  it('a probe that has succeeded is delivered, though what waited for it ends the lane at once', () => {
    const down = (retryable: boolean): ObservableInput<unknown> => throwError(() => new SinkError('unavailable', 'down', { retryable }));
    const answers = [down(true), timer(1), down(false)];
    const lane = { concurrency: 2, retry: { baseDelayMs: 0 }, breaker: { failures: 1, openMs: 50 } } as const;
    let left: Promise<unknown> | undefined;
    let attempts = 0;
    const sink = sinkOf(() => {
      attempts += 1;
      // Asked to leave by the probe itself, which is then not waited for.
      if (attempts === 2) left = collector?.unregisterSink('sink');
      return answers[attempts - 1];
    });
    let collector: EventCollector | undefined;
    const made = virtually({ sinks: [sink], lane, config: { batch: { maxCount: 1 } } }, ({ collector: running, collect }) => {
      collector = running;
      collect('ab');
    });
    expect(left).not.to.equal(undefined);
    expect(made.stats().sinks['sink']).to.deep.include({ delivered: 1, failed: 1, dropped: 0, pending: 0 });
  });

  it('what is no dead letter is not taken', () => {
    const collector = new EventCollector({ sinks: [sinkOf(() => undefined)] });
    for (const letter of [undefined, {}, { sink: 'sink', batch: {} }, { sink: 'sink', batch: { events: 5 } }]) {
      expect(collector.redeliver(letter as unknown as DeadLetter)).to.equal(false);
    }
  });

  it('a dead letter that comes back from elsewhere may be in any state', () => {
    const letterOf = (events: unknown): DeadLetter => ({ sink: 'sink', batch: { events } }) as DeadLetter;
    const events: unknown[] = [{ id: 'a' }];
    const collector = virtually({ sinks: [sinkOf(() => timer(10))], lane: { maxEvents: 2 } }, ({ collector: made, collect, at }) => {
      expect(made.redeliver(letterOf(events))).to.equal(true);
      events.push({ id: 'b' });
      for (const nothing of [[null], [{}, 'text'], new Array(2)]) expect(made.redeliver(letterOf(nothing))).to.equal(false);
      const unreadable = Object.defineProperty({ sink: 'sink' }, 'batch', { get: () => expect.fail('read') });
      expect(made.redeliver(unreadable as unknown as DeadLetter)).to.equal(false);
      at(20, () => {
        collect('cdef');
        void made.flush();
      });
    });
    expect(collector.stats().sinks['sink']).to.include({ offered: 5, delivered: 3, dropped: 2 });
  });

  it('what is past the stages at shutdown is not held up by what hangs in one', () => {
    const delivered: unknown[] = [];
    const sink = { name: 'sink', process: ({ events }: EventBatch) => timer(10).pipe(tap(() => delivered.push(events[0]?.data))) };
    const stage = mergeMap((event: AnalyticsEvent) => (event.data === 'a' ? NEVER : [event]));
    virtually({ sinks: [sink], stages: [stage] }, ({ collector, collect, ends, at }) => {
      collect('ab');
      void collector.shutdown({ timeoutMs: 100 });
      at(101, () => {
        expect(ends.map(({ at: when, report }) => [when, report.timedOut, report.inStages])).to.deep.equal([[100, true, 1]]);
      });
    });
    expect(delivered).to.deep.equal(['b']);
  });

  it('what a stage gives as soon as it is subscribed to is delivered', () => {
    const sink = new MemorySink();
    const first = createEvent({ type: 'feature_used', data: 'first' });
    const collector = virtually({ sinks: [sink], stages: [startWith<AnalyticsEvent>(first)] }, ({ collector: made, collect }) => {
      collect('a');
      void made.flush();
    });
    expect(sink.events.map(({ data }) => data)).to.deep.equal(['first', 'a']);
    expect(collector.stats()).to.include({ stagesIn: 1, stagesOut: 2, eventsProcessed: 2 });
  });

  it('a sink that left in time at shutdown has not been given up when it is asked to leave once more', async () => {
    const collector = virtually({ sinks: [sinkOf(() => undefined)] }, ({ collector: made, ends }) => {
      void made.shutdown();
      expect(ends.map(({ report }) => report.timedOut)).to.deep.equal([false]);
    });
    expect((await collector.unregisterSink('sink')).timedOut).to.equal(false);
  });

  it('a lowered bound holds for what awaits consent, too: the newest go', () => {
    const consent$ = new BehaviorSubject<ConsentState>('unknown');
    const sink = new MemorySink();
    const collector = virtually({ sinks: [sink], consent$ }, ({ collector: made, collect, diagnostics }) => {
      collect('abcde');
      made.updateConfig({ queue: { maxEvents: 2 } });
      expect(diagnostics).to.deep.include({ type: 'loss', reason: 'consent', count: 1, at: 0 });
      consent$.next('granted');
      void made.flush();
    });
    expect(sink.events.map(({ data }) => data)).to.deep.equal(['a', 'b']);
    expect(collector.stats().dropped.consent).to.equal(3);
  });

  it('a sink that returns what can be subscribed to, and is no Observable, has succeeded', () => {
    const emitter = { subscribe: () => undefined };
    const collector = virtually({ sinks: [sinkOf(() => emitter as never)] }, ({ collector: made, collect }) => {
      collect('a');
      void made.flush();
    });
    expect(collector.stats().sinks['sink']).to.include({ delivered: 1, attempts: 1 });
  });

  it('a pause does not count for the half of a batch that waits its turn', () => {
    const away = new SinkError('unavailable', 'away');
    const answers = [throwError(() => new SinkError('too_large', 'too large')), timer(50), throwError(() => away), undefined];
    const lane = { retry: { maxElapsedMs: 1_000 } };
    const collector = virtually({ sinks: [sinkOf(() => answers.shift())], lane }, ({ collector: made, collect, at }) => {
      collect('ab');
      void made.flush();
      at(10, () => {
        const pause = made.pause();
        at(5_000, () => {
          pause.unsubscribe();
        });
      });
    });
    expect(collector.stats().sinks['sink']).to.include({ delivered: 2, failed: 0 });
  });

  it('a pause that ends while a loss is told lets nothing overtake the loss', () => {
    const lane = { maxEvents: 2, overflow: 'drop_oldest' } as const;
    const order: string[] = [];
    const collector = virtually(
      { sinks: [sinkOf(() => undefined)], lane, config: { batch: { maxCount: 2 } } },
      ({ collector: made, collect }) => {
        made.deliveries$.subscribe(({ status, batch }) => order.push(`${status} #${String(batch.sequence)}`));
        const pause = made.pause();
        made.diagnostics$.subscribe(() => {
          pause.unsubscribe();
        });
        collect('abcd');
      },
    );
    expect(order).to.deep.equal(['dropped #1', 'delivered #2']);
    expect(collector.stats().sinks['sink']).to.include({ delivered: 2, dropped: 2 });
  });

  it('events accepted just before a stage completes are lost for a reason', () => {
    const collector = virtually({ sinks: [], stages: [take(2)] }, ({ collector: made, collect }) => {
      let isFirst = true;
      made.subscribe(() => {
        if (isFirst) {
          isFirst = false;
          collect('bcd');
        }
      });
      collect('a');
    });
    expect(collector.stats()).to.include({ stagesIn: 4, stagesOut: 4, droppedAfter: 2 });
    expect(collector.stats().dropped.stage_completed).to.equal(2);
  });

  it('what was in flight when consent was denied is not tried again, nor taken back', () => {
    const consent$ = new BehaviorSubject<ConsentState>('granted');
    let attempts = 0;
    const away = new SinkError('unavailable', 'away');
    const slow = sinkOf(() => ((attempts += 1), timer(10).pipe(mergeMap(() => throwError(() => away)))));
    const collector = virtually({ sinks: [slow], consent$, config: { batch: { maxCount: 1 } } }, ({ collect }) => {
      collect('a');
      consent$.next('denied');
    });
    expect(attempts).to.equal(1);
    expect(collector.stats().sinks['sink']?.droppedBy).to.deep.equal({ consent: 1 });
  });

  it('nothing stays behind when the loss of what was held too long makes somebody shut down', () => {
    let now = 0;
    const timers = new Set<unknown>();
    /** Its timers are late. */
    const scheduler: SchedulerLike = {
      now: () => now,
      schedule: () => {
        const timer = new Subscription(() => timers.delete(timer));
        timers.add(timer);
        return timer;
      },
    };
    const collector = new EventCollector({ sinks: [], consent$: NEVER, config: { queue: { maxEvents: 1 } }, scheduler });
    collector.diagnostics$.pipe(take(1)).subscribe(() => void collector.shutdown());
    expect(collector.track('a')).to.equal('accepted');
    now = 30 * 60_000 + 500;
    expect(collector.track('b')).to.equal('closed');
    expect(expectBalanced(collector)).to.deep.include({ eventsBuffered: 0, eventsDropped: 1, eventsClosed: 1 });
    expect(timers.size).to.equal(0);
  });

  it('a last look through a getter costs the event, not the collector', () => {
    const trap = {
      type: 'feature_used',
      get sessionId(): string {
        throw new Error('boom');
      },
    };
    const collector = new EventCollector({ sinks: [], enrichers: () => trap as unknown as AnalyticsEvent });
    for (let count = 0; count < 40; count += 1) expect(collector.track('feature_used')).to.equal('dropped');
    expect(expectBalanced(collector).dropped.enricher_error).to.equal(40);
  });

  it('metadata that throws when it is read costs the patch', () => {
    const metadata = (): { region: string } => ({
      get region(): string {
        throw new Error('boom');
      },
    });
    expect(new EventCollector({ sinks: [], metadata }).track('feature_used')).to.equal('accepted');
  });

  it('a wrong option is named at construction', () => {
    const wrong: Record<string, unknown> = {
      sinks: 5,
      enrichers: 5,
      metadata: 5,
      redaction: true,
      eventDefaults: 5,
      validate: 5,
      sampling: { rate: 0.5 },
      consent$: 'granted',
      stages: [5],
      lane: 5,
      sessionId: 5,
      scheduler: {},
      random: 5,
      newId: 5,
    };
    for (const [name, value] of Object.entries(wrong)) {
      expect(() => new EventCollector({ [name]: value }), name).to.throw(TypeError, `Expected \`${name}\` to be`);
    }
  });

  it('an option that there is not is named, and so are those that there are', () => {
    const misspelt = { sink: [] } as object;
    expect(() => new EventCollector(misspelt)).to.throw(TypeError, 'Unknown option `sink`. Did you mean `sinks`? Options: sinks, ');
    const lane = { retries: 3 } as object;
    expect(() => new EventCollector({ lane })).to.throw(
      TypeError,
      'Unknown option `retries`. Did you mean `retry`? Options: concurrency, ',
    );
  });
});
