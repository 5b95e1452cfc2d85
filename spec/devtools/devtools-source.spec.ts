import { expect } from 'chai';
import { BehaviorSubject, Subject, throwError, timer, type Subscription } from 'rxjs';
import { createCollector, defaultRedaction, EventCollector, MemorySink, SinkError, type ConsentState } from '../../lib/index.js';
import type { DevtoolsControl } from '../../lib/devtools/controls.js';
import { devtoolsSource } from '../../lib/devtools/devtools-source.js';
import type { DevtoolsSnapshot, DevtoolsTable } from '../../lib/devtools/protocol.js';
import { expectBalancedStats } from '../support/books.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { sinkOf } from '../support/sink-of.js';

describe('devtoolsSource', () => {
  let clock: VirtualClock;
  let seen: DevtoolsSnapshot[];

  beforeEach(() => {
    clock = new VirtualClock(1_000_000);
    seen = [];
  });

  const watch = (source: ReturnType<typeof devtoolsSource>): Subscription => source.snapshots$.subscribe((snapshot) => seen.push(snapshot));
  const last = (): DevtoolsSnapshot => {
    const snapshot = seen.at(-1);
    if (snapshot === undefined) throw new Error('Expected a snapshot');
    return snapshot;
  };
  const collectorOf = (options: ConstructorParameters<typeof EventCollector>[0] = {}): EventCollector =>
    new EventCollector({ scheduler: clock, random: () => 0.5, sinks: [new MemorySink()], ...options });

  it('emits the state immediately, and then at every interval', () => {
    const collector = collectorOf();
    watch(devtoolsSource(collector, { scheduler: clock, intervalMs: 100, title: 'Shop' }));
    collector.track('a');
    clock.pass(250);
    expect(seen.map(({ at, title, stats }) => [at - 1_000_000, title, stats.eventsReceived])).to.deep.equal([
      [0, 'Shop', 0],
      [100, 'Shop', 1],
      [200, 'Shop', 1],
    ]);
    for (const { stats } of seen) expectBalancedStats(stats);
    expect(last().stats).to.deep.equal(collector.stats());
  });

  it('emits snapshots that are plain JSON', () => {
    const collector = collectorOf({ config: { batch: { maxCount: 1 } } });
    watch(devtoolsSource(collector, { scheduler: clock }));
    collector.track('a', new Map([['key', 1n]]));
    clock.pass(250);
    expect(JSON.parse(JSON.stringify(last()))).to.deep.equal(last());
    expect(JSON.parse(last().events[0]?.payload ?? ''))
      .to.have.property('data')
      .that.deep.equals({ key: '1' });
  });

  it('leaves the collector as it was when the last subscriber leaves', async () => {
    const collector = collectorOf();
    const timers = clock.timers;
    const source = devtoolsSource(collector, { scheduler: clock });
    expect(clock.timers).to.equal(timers);
    const [first, second] = [watch(source), watch(source)];
    await source.send({ type: 'set', control: 'delivery', value: 'paused' });
    collector.track('a');
    const flushed = collector.flush();
    clock.pass(1_000);
    expect(collector.stats().sinks.memory).to.include({ delivered: 0, pending: 1 });
    expect(last().lanes.memory?.state).to.equal('paused');
    first.unsubscribe();
    expect(collector.stats().sinks.memory).to.include({ delivered: 0 });
    second.unsubscribe();
    expect(collector.stats().sinks.memory).to.include({ delivered: 1 });
    expect(clock.timers).to.equal(timers);
    await flushed;
    // A later reader starts with an empty list.
    watch(source);
    expect(last().events).to.deep.equal([]);
  });

  it('emits the final state when the collector has shut down, and completes', async () => {
    const collector = collectorOf();
    let isComplete = false;
    devtoolsSource(collector, { scheduler: clock }).snapshots$.subscribe({
      next: (snapshot) => seen.push(snapshot),
      complete: () => (isComplete = true),
    });
    collector.track('a');
    await collector.shutdown();
    expect(isComplete).to.equal(true);
    expect(last().stats).to.deep.equal(collector.stats());
    expect(last().stats.sinks.memory?.delivered).to.equal(1);
    expect(clock.timers).to.equal(0);
  });

  it('keeps the latest events, with their redactions and their outcome at each sink', () => {
    const failing = sinkOf(
      () => {
        throw new SinkError('rejected', 'No');
      },
      { name: 'failing' },
    );
    const collector = collectorOf({
      sinks: [new MemorySink(), failing],
      redaction: defaultRedaction(),
      config: { batch: { maxCount: 2 } },
    });
    watch(devtoolsSource(collector, { scheduler: clock, maxEvents: 3 }));
    for (const type of ['first', 'second', 'third']) collector.track(type, { text: `${type} to ada@example.org` });
    clock.pass(250);
    expect(last().events.map(({ type, redacted, fates }) => [type, redacted, fates])).to.deep.equal([
      ['third', { email: 1 }, {}],
      ...['second', 'first'].map((type) => [
        type,
        { email: 1 },
        { memory: { status: 'delivered' }, failing: { status: 'failed', why: 'rejected: No' } },
      ]),
    ]);
    expect(last().events[0]?.payload).to.include('third to [redacted:email]').and.not.include('ada@');
    for (const type of ['a', 'b', 'c', 'd']) collector.track(type);
    clock.pass(250);
    // The outcome of the third wasn't known before.
    expect(last().events.map(({ type }) => type)).to.deep.equal(['d', 'c', 'third']);
    expect(last().events[2]?.fates).to.deep.include({ memory: { status: 'delivered' } });
    for (const type of ['e', 'f', 'g', 'h']) collector.track(type);
    clock.pass(250);
    expect(last().events.map(({ type }) => type)).to.deep.equal(['h', 'g', 'd']);
    for (const type of ['i', 'j', 'k']) collector.track(type);
    clock.pass(250);
    expect(last().events.map(({ type }) => type)).to.deep.equal(['k', 'j', 'h']);
  });

  it('lists events until their outcome is known, at any rate', () => {
    const slow = sinkOf(() => timer(600, clock), { name: 'slow' });
    const collector = collectorOf({ sinks: [slow], lane: { concurrency: 8 }, config: { batch: { maxCount: 500 } } });
    watch(devtoolsSource(collector, { scheduler: clock, maxEvents: 20 }));
    const delivered = new Set<string>();
    for (let round = 0; round < 40; round += 1) {
      for (let index = 0; index < 500; index += 1) collector.track('a', { round });
      clock.pass(250);
      const { events } = last();
      expect(events).to.have.length(20);
      expect(JSON.parse(events[0]?.payload ?? '')).to.have.nested.property('data.round', round);
      expect(events.map(({ id }) => id)).to.deep.equal(
        events
          .map(({ id }) => id)
          .sort()
          .reverse(),
      );
      for (const { id, fates } of events) if (fates.slow?.status === 'delivered') delivered.add(id);
    }
    expect(delivered.size).to.be.above(40);
  });

  it('keeps events with a late outcome in seven or eight snapshots while others arrive', () => {
    const collector = collectorOf({ config: { batch: { maxCount: 100_000, maxAgeMs: 60_000 } } });
    watch(devtoolsSource(collector, { scheduler: clock, maxEvents: 50 }));
    const times = new Map<string, number>();
    for (let round = 0; round < 30; round += 1) {
      for (let index = 0; index < 200; index += 1) collector.track('a');
      clock.pass(250);
      for (const { id } of last().events) times.set(id, (times.get(id) ?? 0) + 1);
    }
    // Without the first, which filled the list at once, and those that are still in it.
    const some = [...times.values()].slice(50, -50);
    expect(some).to.have.length.above(100);
    for (const each of some) expect(each).to.be.within(7, 8);
  });

  it('truncates long payloads, and marks unreadable ones', () => {
    const collector = collectorOf();
    watch(devtoolsSource(collector, { scheduler: clock }));
    collector.track('long', 'x'.repeat(100_000));
    collector.track('hostile', {
      get text() {
        throw new Error('Not for you');
      },
    });
    clock.pass(250);
    const [hostile, long] = last().events;
    expect(long?.payload).to.have.lengthOf(4_000);
    expect(hostile?.payload).to.equal('unreadable: Not for you');
    expect([long?.isCut, hostile?.isCut]).to.deep.equal([true, true]);
  });

  it('keeps snapshots small for any content of events and errors', () => {
    const failing = sinkOf(
      () => {
        throw new SinkError('rejected', 'm'.repeat(1_000_000));
      },
      { name: 'failing' },
    );
    const collector = collectorOf({ sinks: [failing], lane: { split: false }, config: { batch: { maxCount: 40 } } });
    watch(devtoolsSource(collector, { scheduler: clock }));
    const long = 'x'.repeat(1_000_000);
    for (let index = 0; index < 40; index += 1) collector.collect({ id: `${String(index)}${long}`, type: long, data: { long } });
    clock.pass(250);
    expect(last().events[0]).to.include({ payload: 'too large to be shown', isCut: true });
    expect(last().deadLetters).to.have.length(1);
    expect(JSON.stringify(last()).length).to.be.below(100_000);
  });

  it('continues when a setting cannot be read', () => {
    const broken: DevtoolsControl = {
      name: 'broken',
      label: 'Broken',
      values: ['on', 'off'],
      value: () => {
        throw new Error('No switch');
      },
      set: () => undefined,
    };
    watch(devtoolsSource(collectorOf(), { scheduler: clock, controls: [broken] }));
    clock.pass(250);
    expect(seen).to.have.length(2);
    expect(last().controls.at(-1)).to.deep.equal({ name: 'broken', label: 'Broken', value: 'unreadable: No switch', values: [] });
  });

  it('shows when a lane attempts again', () => {
    const failing = sinkOf(
      () => {
        throw new SinkError('unavailable', 'Down');
      },
      { name: 'down' },
    );
    const collector = collectorOf({
      sinks: [failing],
      lane: { breaker: false, retry: { baseDelayMs: 4_000, jitter: 'none' } },
      config: { batch: { maxCount: 1 } },
    });
    watch(devtoolsSource(collector, { scheduler: clock }));
    collector.track('a');
    clock.pass(1_000);
    expect(last().lanes.down).to.deep.equal({ state: 'active', maxEvents: 10_000, nextAttemptInMs: 3_000 });
    expect(last().log.map(({ tone, text }) => [tone, text])).to.deep.equal([['warning', 'down: 1 failed attempt, unavailable: Down']]);
  });

  it('redelivers dead letters', async () => {
    let isWell = false;
    const sink = sinkOf(
      () => {
        if (!isWell) throw new SinkError('rejected', 'No');
      },
      { name: 'sink' },
    );
    const collector = collectorOf({ sinks: [sink], lane: { split: false }, config: { batch: { maxCount: 2 } } });
    const source = devtoolsSource(collector, { scheduler: clock });
    watch(source);
    collector.track('a');
    collector.track('b');
    clock.pass(250);
    expect(last().deadLetters).to.deep.equal([
      { id: 1, at: 1_000_000, sink: 'sink', events: 2, types: ['a', 'b'], attempts: 1, kind: 'rejected', message: 'No' },
    ]);
    isWell = true;
    expect(await source.send({ type: 'redeliver', deadLetter: 1 })).to.deep.equal({ ok: true, text: '2 offered to sink again' });
    clock.pass(250);
    expect(last().deadLetters).to.deep.equal([]);
    expect(collector.stats().sinks.sink).to.include({ offered: 4, delivered: 2, failed: 2 });
    expect(await source.send({ type: 'redeliver', deadLetter: 1 })).to.include({ ok: false });
    await collector.shutdown();
    expect(await source.send({ type: 'redeliver', deadLetter: 1 })).to.deep.equal({
      ok: false,
      text: 'Dead letters are kept while the collector is open and has a reader',
    });
  });

  it('changes settings', async () => {
    const consent$ = new BehaviorSubject<ConsentState>('unknown');
    const collector = collectorOf({ consent$ });
    const fault$ = new BehaviorSubject('ok');
    const source = devtoolsSource(collector, {
      scheduler: clock,
      setConsent: (state) => {
        consent$.next(state);
      },
      controls: [
        { name: 'fault', label: 'Fault', values: ['ok', 'slow'], value: () => fault$.value, set: (value) => fault$.next(value) },
        { name: 'queue', label: 'Own queue', values: [], value: () => 'fixed', set: () => undefined },
      ],
    });
    const set = async (control: string, value: string): Promise<readonly [boolean, string]> => {
      const { ok, text } = await source.send({ type: 'set', control, value });
      return [ok, text];
    };
    expect(await set('sampling', '25 %')).to.deep.equal([true, 'Sampling rate: 25 %']);
    expect(await set('privacy', 'full')).to.deep.equal([true, 'Privacy level: full']);
    expect(await set('consent', 'granted')).to.deep.equal([true, 'Consent: granted']);
    expect(await set('fault', 'slow')).to.deep.equal([true, 'Fault: slow']);
    expect([collector.config.sampling.rate, collector.config.privacyLevel, fault$.value]).to.deep.equal([0.25, 'full', 'slow']);
    expect(await set('fault', 'burning')).to.deep.equal([false, 'Expected one of ok, slow']);
    expect(await set('queue', '10')).to.deep.equal([false, 'Expected one of ']);
    expect(await set('nothing', '')).to.deep.equal([
      false,
      'Unknown control. Controls: delivery, sampling, privacy, consent, fault, queue',
    ]);
    watch(source);
    expect(last().controls.map(({ name, value }) => [name, value])).to.deep.equal([
      ['delivery', 'running'],
      ['sampling', '25 %'],
      ['privacy', 'full'],
      ['consent', 'granted'],
      ['fault', 'slow'],
      ['queue', 'fixed'],
    ]);
  });

  it('shows a sampling rate as it was written', () => {
    watch(devtoolsSource(collectorOf({ config: { sampling: { rate: 0.07 } } }), { scheduler: clock }));
    expect(last().controls.find(({ name }) => name === 'sampling')?.value).to.equal('7 %');
  });

  it('shows consent even if it cannot change it', () => {
    watch(devtoolsSource(collectorOf({ consent$: new BehaviorSubject<ConsentState>('denied') }), { scheduler: clock }));
    expect(last().controls.at(-1)).to.deep.equal({ name: 'consent', label: 'Consent', value: 'denied', values: [] });
  });

  it('explains an event without collecting it', async () => {
    const collector = collectorOf({ config: { privacyLevel: 'minimal' } });
    const source = devtoolsSource(collector);
    const { ok, text, explanation } = await source.send({ type: 'explain', event: '{"type":"feature_used"}' });
    expect([ok, text, explanation?.stages.at(-1)?.stage]).to.deep.equal([true, 'Explained: stops', 'admit']);
    expect((await source.send({ type: 'explain', event: '{' })).ok).to.equal(false);
    expect((await source.send({ type: 'explain', event: '"text"' })).text).to.match(/^Expected the JSON of an event/);
    expect(collector.stats().eventsReceived).to.equal(0);
  });

  it('answers unknown commands', async () => {
    const source = devtoolsSource(collectorOf());
    for (const command of [null, {}, { type: 'eval', code: '1' }, { type: 'set' }, { type: 'redeliver', deadLetter: 'x' }])
      expect(await source.send(command as never)).to.include({ ok: false });
    const failing: DevtoolsControl = {
      ...{ name: 'fault', label: 'Fault', values: ['on'], value: () => 'on' },
      set: () => {
        throw Object.create(null) as Error;
      },
    };
    const answer = await devtoolsSource(collectorOf(), { controls: [failing] }).send({ type: 'set', control: 'fault', value: 'on' });
    expect(answer).to.deep.equal({ ok: false, text: 'object' });
  });

  it('observes a small collector, which has fewer settings', () => {
    const collector = createCollector({ sinks: [new MemorySink()], scheduler: clock });
    watch(devtoolsSource(collector, { scheduler: clock }));
    collector.track('a');
    clock.pass(250);
    expect(last().stats.eventsReceived).to.equal(1);
    expect(last().controls.map(({ name }) => name)).to.deep.equal(['delivery']);
  });

  it("shows the program's own tables, and continues after shutdown until they are complete", async () => {
    const tables$ = new Subject<readonly DevtoolsTable[]>();
    const collector = collectorOf();
    let isComplete = false;
    devtoolsSource(collector, { scheduler: clock, tables$ }).snapshots$.subscribe({
      next: (snapshot) => seen.push(snapshot),
      complete: () => (isComplete = true),
    });
    expect(last().tables).to.deep.equal([]);
    await collector.shutdown();
    expect(isComplete).to.equal(false);
    const answer: DevtoolsTable = { title: 'Answer', columns: ['type', 'count'], rows: [{ cells: ['a', '1'], share: 1 }] };
    tables$.next([answer]);
    tables$.complete();
    expect(last()).to.deep.include({ tables: [answer], stats: collector.stats() });
    expect(isComplete).to.equal(true);
    expect(clock.timers).to.equal(0);
  });

  it('continues without tables that fail', () => {
    watch(devtoolsSource(collectorOf(), { scheduler: clock, tables$: throwError(() => new Error('Locked')) }));
    expect(last().log.map(({ tone, text }) => [tone, text])).to.deep.equal([['bad', 'tables$ failed: Locked']]);
    clock.pass(250);
    expect(seen).to.have.length(2);
  });

  it('throws for invalid options', () => {
    expect(() => devtoolsSource({} as never)).to.throw(TypeError, 'Expected `collector` to be a collector');
    expect(() => devtoolsSource(collectorOf(), { intervalMs: 10 })).to.throw(TypeError, '`intervalMs`');
    expect(() => devtoolsSource(collectorOf(), { interval: 10 } as never)).to.throw(TypeError, 'Did you mean `intervalMs`?');
  });
});
