import { expect } from 'chai';
import { BehaviorSubject, mergeMap, NEVER, Subscription, take, throwError, timer, type SchedulerLike } from 'rxjs';
import { EventCollector } from '../../lib/collector/event-collector.js';
import { SinkError } from '../../lib/errors/sink-error.js';
import type { ConsentState } from '../../lib/consent/consent-gate.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import { expectBalanced } from '../support/books.js';
import { virtually } from '../support/virtual.js';
import { sinkOf } from '../support/sink-of.js';

describe('losses without consent', () => {
  it('drops the newest held events when the bound is lowered', () => {
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

  it('neither retries nor redelivers events that were in flight when consent was denied', () => {
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

  it('does not publish events that a subscriber collects before it denies consent', () => {
    const consent$ = new BehaviorSubject<ConsentState>('granted');
    const sink = new MemorySink();
    const published: unknown[] = [];
    const collector = virtually({ sinks: [sink], consent$ }, ({ collector: made, collect }) => {
      made.events$.subscribe(({ data }) => {
        published.push(data);
        if (data !== 'a') return;
        collect('b');
        consent$.next('denied');
      });
      collect('a');
      void made.flush();
    });
    expect([published, sink.events]).to.deep.equal([['a'], []]);
    expect(collector.stats().dropped.consent).to.equal(2);
  });

  it('redelivers nothing if the redelivering callback denies consent', () => {
    const consent$ = new BehaviorSubject<ConsentState>('granted');
    let attempts = 0;
    const failing = sinkOf(() => {
      attempts += 1;
      throw new SinkError('rejected', 'no');
    });
    const collector = new EventCollector({ sinks: [failing], consent$, config: { batch: { maxCount: 1 } } });
    const answers: boolean[] = [];
    collector.deadLetters$.subscribe((letter) => {
      answers.push(collector.redeliver(letter));
      consent$.next('denied');
      answers.push(collector.redeliver(letter));
    });
    collector.track('a');
    expect(answers).to.deep.equal([true, false]);
    expect(attempts).to.equal(1);
    expect(expectBalanced(collector).sinks['sink']).to.include({ offered: 2, failed: 1, dropped: 1, pending: 0 });
  });

  it('leaves no timer when a subscriber shuts down on the loss of an expired event', () => {
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
});
