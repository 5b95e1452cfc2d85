import { expect } from 'chai';
import { concat, debounceTime, filter, map, mergeMap, NEVER, of, scan, Subject, throwError } from 'rxjs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createCollector } from '../../lib/collector/collector.js';
import { EventCollector } from '../../lib/collector/event-collector.js';
import type { ConsentState } from '../../lib/consent/consent-gate.js';
import { SinkError } from '../../lib/errors/sink-error.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { withConsent } from '../../lib/features/with-consent.js';
import { withDeadLetters } from '../../lib/features/with-dead-letters.js';
import { withEnrichers } from '../../lib/features/with-enrichers.js';
import { blocking, withOverflow } from '../../lib/features/with-overflow.js';
import { withPolicy } from '../../lib/features/with-policy.js';
import { withRedaction } from '../../lib/features/with-redaction.js';
import { withRuntimeSinks } from '../../lib/features/with-runtime-sinks.js';
import { withSettlements } from '../../lib/features/with-settlements.js';
import { withStages } from '../../lib/features/with-stages.js';
import type { DeadLetter } from '../../lib/lane/delivery.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import type { EventSink } from '../../lib/sink/sink.js';
import { expectBalanced } from '../support/books.js';
import { inBackground } from '../support/fitted.js';
import { sinkOf } from '../support/sink-of.js';

const refuses = (name: string): EventSink => ({ name, process: () => throwError(() => new SinkError('rejected', 'no')) });
const never = (name: string): EventSink => ({ name, process: () => NEVER });
const DELIVERED = { outcome: 'accepted', sinks: { memory: 'delivered' } };

describe('withSettlements', () => {
  it("resolves with the event's outcome at every sink, when the last of them has settled it", async () => {
    const answer = new Subject<never>();
    const collector = createCollector(
      { sinks: [new MemorySink(), refuses('refusing'), sinkOf(() => answer)], batch: { maxCount: 2 } },
      withSettlements(),
    );
    let isSettled = false;
    const settled = collector.collectTracked({ type: 'a' });
    inBackground(settled.then(() => (isSettled = true)));
    collector.track('b');
    await Promise.resolve();
    expect([isSettled, collector.stats().sinks['memory']?.delivered]).to.deep.equal([false, 2]);
    answer.complete();
    expect(await settled).to.deep.equal({
      outcome: 'accepted',
      sinks: { memory: 'delivered', refusing: 'failed', sink: 'delivered' },
    });
    await collector.shutdown();
    expectBalanced(collector);
  });

  it('waits for a sink that is about to leave but still gets the event', async () => {
    const collector = createCollector({ sinks: [new MemorySink({ name: 'a' }), never('b')] }, withRuntimeSinks(), withSettlements());
    const settled: unknown[] = [];
    collector.events$.subscribe(({ type }) => {
      if (type !== 'first') return;
      inBackground(collector.unregisterSink('a'));
      settled.push(collector.collectTracked({ type: 'between' }));
      inBackground(collector.unregisterSink('b', { timeoutMs: 0 }));
    });
    collector.track('first');
    await collector.shutdown();
    expect(await Promise.all(settled)).to.deep.equal([{ outcome: 'accepted', sinks: { b: 'dropped' } }]);
    expectBalanced(collector);
  });

  it('settles each event of a batch as the sink names them', async () => {
    const sink: EventSink = {
      name: 'sink',
      process: ({ events }) => throwError(() => new SinkError('rejected', 'some', { failed: events.filter(({ type }) => type === 'bad') })),
    };
    const collector = createCollector({ sinks: [sink], batch: { maxCount: 3 } }, withSettlements());
    const settled = ['good', 'bad', 'good'].map((type) => collector.collectTracked({ type }));
    expect((await Promise.all(settled)).map(({ sinks }) => sinks['sink'])).to.deep.equal(['delivered', 'failed', 'delivered']);
  });

  it('settles events immediately that are not accepted, with the reason of a loss', async () => {
    const collector = createCollector(
      { sinks: [new MemorySink()] },
      withSettlements(),
      withPolicy({ overrides: { off: { enabled: false } } }),
      withEnrichers((event) => {
        if (event.type === 'throws') throw new Error('no');
        return event.type === 'null' ? null : event;
      }),
    );
    const settle = (type: string): Promise<unknown> => collector.collectTracked({ type });
    expect(await settle('off')).to.deep.equal({ outcome: 'filtered', sinks: {} });
    expect(await settle('null')).to.deep.equal({ outcome: 'filtered', sinks: {} });
    expect(await settle('')).to.deep.equal({ outcome: 'invalid', sinks: {} });
    expect(await settle('throws')).to.deep.equal({ outcome: 'dropped', sinks: {}, lost: 'enricher_error' });
    await collector.shutdown();
    expect(await settle('late')).to.deep.equal({ outcome: 'closed', sinks: {} });
    expectBalanced(collector);
  });

  it('follows an event through enrichers that replace it, and redaction', async () => {
    const shared = { type: 'shared', id: 'x', category: 'custom', priority: 'normal', timestamp: 0, metadata: {}, weight: 1, data: 's' };
    const sink = new MemorySink();
    const collector = createCollector(
      { sinks: [sink], batch: { maxCount: 3 } },
      withSettlements(),
      withEnrichers((event) => (event.type === 'shared' ? (shared as AnalyticsEvent) : { ...event, id: 'changed' })),
      withRedaction([{ name: 'rule', redact: () => 'redacted' }]),
    );
    const settled = [
      collector.collectTracked({ type: 'a', data: 'secret' }),
      collector.collectTracked({ type: 'shared' }),
      collector.collectTracked({ type: 'shared' }),
    ];
    expect(await Promise.all(settled)).to.deep.equal([DELIVERED, DELIVERED, DELIVERED]);
    expect(sink.events.map(({ id, data }) => [id, data])).to.deep.equal([
      ['changed', 'redacted'],
      ['x', 'redacted'],
      ['x', 'redacted'],
    ]);
  });

  it('settles events held for consent when it is granted or denied, or the collector ends', async () => {
    const consent$ = new Subject<ConsentState>();
    const make = () =>
      createCollector(
        { sinks: [new MemorySink()], batch: { maxCount: 1 } },
        withSettlements(),
        withConsent(consent$),
        withEnrichers((event) => (event.type === 'null' ? null : event)),
      );
    const granted = make();
    const released = [granted.collectTracked({ type: 'a' }), granted.collectTracked({ type: 'null' })];
    consent$.next('granted');
    expect(await Promise.all(released)).to.deep.equal([DELIVERED, { outcome: 'filtered', sinks: {} }]);
    const denied = make();
    const held = denied.collectTracked({ type: 'a' });
    consent$.next('denied');
    expect(await held).to.deep.equal({ outcome: 'accepted', sinks: {}, lost: 'consent' });
    expect(await denied.collectTracked({ type: 'a' })).to.deep.equal({ outcome: 'filtered', sinks: {} });
    const unknown = make();
    const waiting = unknown.collectTracked({ type: 'a' });
    await unknown.shutdown();
    expect(await waiting).to.deep.equal({ outcome: 'accepted', sinks: {}, lost: 'shutdown' });
    for (const collector of [granted, denied, unknown]) expectBalanced(collector);
  });

  it('settles events held for a sink: trimmed, or held until the end', async () => {
    const collector = new EventCollector();
    const settled = ['a', 'b'].map((type) => collector.collectTracked({ type }));
    collector.updateConfig({ queue: { maxEvents: 1 } });
    expect(await settled[1]).to.deep.equal({ outcome: 'accepted', sinks: {}, lost: 'no_sink' });
    expect(await collector.collectTracked({ type: 'c' })).to.deep.equal({ outcome: 'dropped', sinks: {}, lost: 'no_sink' });
    await collector.shutdown();
    expect(await settled[0]).to.deep.equal({ outcome: 'accepted', sinks: {}, lost: 'shutdown' });
    expectBalanced(collector);
  });

  it('settles immediately if there is no sink', async () => {
    const collector = createCollector({ sinks: [] }, withSettlements());
    expect(await collector.collectTracked({ type: 'a' })).to.deep.equal({ outcome: 'accepted', sinks: {} });
  });

  it('waits for capacity, and settles a waiting event that is never accepted', async () => {
    const collector = createCollector(
      { sinks: [never('full')], batch: { maxCount: 1 }, lane: { overflow: 'block', maxEvents: 1 } },
      withOverflow(blocking()),
      withSettlements(),
    );
    const [first, second] = [collector.collectTracked({ type: 'a' }), collector.collectTracked({ type: 'b' })];
    await collector.shutdown({ timeoutMs: 0 });
    expect(await first).to.deep.equal({ outcome: 'accepted', sinks: { full: 'dropped' } });
    expect(await second).to.deep.equal({ outcome: 'closed', sinks: {} });
    expectBalanced(collector);
  });

  it('keeps the first outcome of an event that is redelivered', async () => {
    let isUp = false;
    const flaky = sinkOf(() => (isUp ? undefined : throwError(() => new SinkError('rejected', 'no'))));
    const collector = createCollector(
      { sinks: [flaky, never('other')], batch: { maxCount: 1 } },
      withDeadLetters(),
      withSettlements(),
      withRuntimeSinks(),
    );
    const letters: DeadLetter[] = [];
    collector.deadLetters$.subscribe((letter) => letters.push(letter));
    const settled = collector.collectTracked({ type: 'a' });
    isUp = true;
    expect(letters.map((letter) => collector.redeliver(letter))).to.deep.equal([true]);
    await collector.unregisterSink('other', { timeoutMs: 0 });
    expect(await settled).to.deep.equal({ outcome: 'accepted', sinks: { sink: 'failed', other: 'dropped' } });
    expect(collector.stats().sinks['sink']?.delivered).to.equal(1);
  });

  it('resolves calls from inside a sink and an enricher', async () => {
    const inner: Promise<unknown>[] = [];
    let isFirst = true;
    const collector = createCollector(
      {
        sinks: [
          sinkOf(() => {
            if (isFirst) inner.push(collector.collectTracked({ type: 'from_sink' }));
            isFirst = false;
          }),
        ],
        batch: { maxCount: 1 },
      },
      withSettlements(),
      withEnrichers((event) => {
        if (event.type === 'a') inner.push(collector.collectTracked({ type: 'from_enricher' }));
        return event;
      }),
    );
    const delivered = { outcome: 'accepted', sinks: { sink: 'delivered' } };
    expect(await collector.collectTracked({ type: 'a' })).to.deep.equal(delivered);
    expect(await Promise.all(inner)).to.deep.equal([delivered, delivered]);
  });

  describe('with stages', () => {
    it('recognizes an event by its object or its id', async () => {
      const collector = createCollector(
        { sinks: [new MemorySink()], batch: { maxCount: 2 } },
        withSettlements(),
        withStages(map((event: AnalyticsEvent) => (event.type === 'copy' ? { ...event, data: 1 } : event))),
      );
      const settled = ['copy', 'same'].map((type) => collector.collectTracked({ type }));
      expect(await Promise.all(settled)).to.deep.equal([DELIVERED, DELIVERED]);
    });

    it('settles an event that a stage fails with', async () => {
      const collector = createCollector(
        { sinks: [new MemorySink()] },
        withSettlements(),
        withStages(
          map((): AnalyticsEvent => {
            throw new Error('stage');
          }),
        ),
      );
      expect(await collector.collectTracked({ type: 'a' })).to.deep.equal({ outcome: 'accepted', sinks: {}, lost: 'stage_error' });
    });

    it('does not report an event as lost that the stages emitted before they failed', async () => {
      const collector = createCollector(
        { sinks: [new MemorySink()] },
        withSettlements(),
        withStages(
          mergeMap((event: AnalyticsEvent) =>
            concat(
              of(event),
              throwError(() => new Error('stage')),
            ),
          ),
        ),
      );
      const settled = collector.collectTracked({ type: 'a' });
      await collector.shutdown();
      expect(await settled).to.deep.equal(DELIVERED);
      expect(expectBalanced(collector).dropped.stage_error).to.equal(0);
    });

    it('settles each event of a stage that emits the same object repeatedly', async () => {
      const collector = createCollector(
        { sinks: [new MemorySink()] },
        withSettlements(),
        withStages(scan((state: AnalyticsEvent, event) => Object.assign(state, event), {} as AnalyticsEvent)),
      );
      const settled = ['a', 'b', 'c'].map((type) => collector.collectTracked({ type }));
      await collector.shutdown();
      expect(await Promise.all(settled)).to.deep.equal([DELIVERED, DELIVERED, DELIVERED]);
    });

    it('settles an event that a stage swallows when it is garbage', async () => {
      setFlagsFromString('--expose-gc');
      const collectGarbage = runInNewContext('gc') as () => void;
      const collector = createCollector(
        { sinks: [new MemorySink()] },
        withSettlements(),
        withStages(filter(({ type }: AnalyticsEvent) => type === 'other')),
      );
      let settlement: unknown;
      inBackground(collector.collectTracked({ type: 'a' }).then((settled) => (settlement = settled)));
      for (let turn = 0; turn < 50 && settlement === undefined; turn += 1) {
        await new Promise(setImmediate);
        collectGarbage();
      }
      expect(settlement).to.deep.equal({ outcome: 'accepted', sinks: {} });
      await collector.shutdown();
    });

    it('settles an event that a stage still holds when the collector ends', async () => {
      const collector = createCollector({ sinks: [never('sink')] }, withSettlements(), withStages(debounceTime<AnalyticsEvent>(1_000)));
      const settled = [collector.collectTracked({ type: 'swallowed' }), collector.collectTracked({ type: 'emitted' })];
      await collector.shutdown({ timeoutMs: 10 });
      expect(await Promise.all(settled)).to.deep.equal([
        { outcome: 'accepted', sinks: {} },
        { outcome: 'accepted', sinks: { sink: 'dropped' } },
      ]);
      expectBalanced(collector);
    });
  });

  it('is a member of EventCollector, and can be passed once', async () => {
    const collector = new EventCollector({ sinks: [new MemorySink()] });
    const settled = collector.collectTracked({ type: 'a' });
    await collector.shutdown();
    expect(await settled).to.deep.equal(DELIVERED);
    expect(() => createCollector({}, withSettlements(), withSettlements())).to.throw('withSettlements');
  });
});
