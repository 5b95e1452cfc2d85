import { expect } from 'chai';
import { defer, EMPTY, of, Subject, type Observable } from 'rxjs';
import { EventCollector } from '../../lib/collector/event-collector.js';
import { Observation, type ObservedCollector } from '../../lib/devtools/observation.js';
import type { DevtoolsSnapshot, DevtoolsTable } from '../../lib/devtools/protocol.js';
import { SinkError } from '../../lib/errors/sink-error.js';
import type { EventSink } from '../../lib/sink/sink.js';
import { inBackground } from '../support/fitted.js';
import { namedSink, sinkOf } from '../support/sink-of.js';
import { VirtualClock } from '../support/virtual-clock.js';

describe('Observation', () => {
  let clock: VirtualClock;
  let seen: DevtoolsSnapshot[];

  beforeEach(() => {
    clock = new VirtualClock(1_000_000);
    seen = [];
  });

  const last = (): DevtoolsSnapshot => {
    const snapshot = seen.at(-1);
    if (snapshot === undefined) throw new Error('Expected a snapshot');
    return snapshot;
  };
  const refusing = sinkOf(() => {
    throw new SinkError('rejected', 'No');
  });
  const collectorOf = (sinks: readonly EventSink[], maxCount = 1): EventCollector =>
    new EventCollector({ scheduler: clock, sinks, config: { batch: { maxCount } } });
  const observationOf = (collector: ObservedCollector, tables$: Observable<readonly DevtoolsTable[]> = EMPTY): Observation<never> => {
    const settings = { title: 'Shop', intervalMs: 250, maxEvents: 50, controls: [], tables$, scheduler: clock };
    return new Observation<never>(collector as ObservedCollector<never>, settings);
  };
  const observe = (collector: ObservedCollector, tables$?: Observable<readonly DevtoolsTable[]>): Observation<never> => {
    const observation = observationOf(collector, tables$);
    observation.snapshots$.subscribe((snapshot) => seen.push(snapshot));
    return observation;
  };

  it('observes nothing before it has a subscriber', () => {
    const collector = collectorOf([refusing]);
    const { snapshots$ } = observationOf(collector);
    collector.track('early');
    snapshots$.subscribe((snapshot) => seen.push(snapshot));
    collector.track('late');
    clock.pass(250);
    expect(last().events.map(({ type }) => type)).to.deep.equal(['late']);
    expect(last().deadLetters.map(({ types }) => types)).to.deep.equal([['late']]);
    expect(last().stats.eventsReceived).to.equal(2);
  });

  it('keeps the latest 30 dead letters and the latest 30 diagnostics', () => {
    const collector = collectorOf([refusing]);
    const observation = observe(collector);
    for (let index = 0; index < 32; index += 1) {
      collector.track(`type ${String(index)}`);
      clock.pass(1_000);
    }
    expect(last().deadLetters.map(({ id, at, types: [type] }) => [id, at, type])).to.deep.equal(
      Array.from({ length: 30 }, (_, index) => [32 - index, 1_000_000 + (31 - index) * 1_000, `type ${String(31 - index)}`]),
    );
    expect(last().log).to.have.length(30);
    expect(new Set(last().log.map(({ id }) => id)).size).to.equal(30);
    expect(() => observation.redeliver(2)).to.throw(RangeError, 'Expected a dead letter that is still kept, got 2');
    expect(observation.redeliver(3)).to.equal('1 offered to sink again');
  });

  it('keeps a dead letter whose sink accepts nothing any more', async () => {
    const collector = collectorOf([refusing]);
    const observation = observe(collector);
    collector.track('a');
    await collector.unregisterSink('sink');
    expect(() => observation.redeliver(1)).to.throw(Error, 'sink does not accept it now');
    clock.pass(250);
    expect(last().deadLetters.map(({ id }) => id)).to.deep.equal([1]);
  });

  it('lists up to ten distinct types of a dead letter, each truncated', () => {
    const collector = new EventCollector({
      scheduler: clock,
      sinks: [refusing],
      lane: { split: false },
      config: { batch: { maxCount: 13 } },
    });
    observe(collector);
    for (let index = 0; index < 12; index += 1) collector.track(`${String(index)}${'x'.repeat(400)}`);
    collector.track(`0${'x'.repeat(400)}`);
    clock.pass(250);
    const [letter] = last().deadLetters;
    expect(letter).to.include({ events: 13, attempts: 1, kind: 'rejected' });
    expect(letter?.types).to.deep.equal(Array.from({ length: 10 }, (_, index) => `${String(index)}${'x'.repeat(299)}`));
  });

  it('shows a pause at active lanes only, and no lane of a sink that has left', async () => {
    const collector = collectorOf([namedSink('staying'), namedSink('leaving'), namedSink('gone')]);
    observe(collector);
    await collector.unregisterSink('gone');
    const pause = collector.pause();
    collector.track('a');
    const left = collector.unregisterSink('leaving');
    clock.pass(250);
    const states = (): unknown => Object.entries(last().lanes).map(([name, { state }]) => `${name} ${state}`);
    expect(states()).to.deep.equal(['staying paused', 'leaving draining']);
    expect(last().stats.sinks).to.have.keys('staying', 'leaving', 'gone');
    pause.unsubscribe();
    await left;
    clock.pass(250);
    expect(states()).to.deep.equal(['staying active']);
  });

  it('expects an outcome only from sinks that receive the batch', () => {
    const hanging = namedSink('hanging', () => new Subject<void>());
    const collector = collectorOf([hanging, namedSink('leaving', () => new Subject<void>())], 2);
    observe(collector);
    collector.track('a');
    inBackground(collector.unregisterSink('leaving'));
    collector.track('b');
    collector.track('c');
    clock.pass(250);
    // Unregistering cut the open batch.
    expect(last().events.map(({ type, fates }) => [type, Object.keys(fates)])).to.deep.equal([
      ['c', ['hanging']],
      ['b', ['hanging']],
      ['a', ['hanging', 'leaving']],
    ]);
    expect(last().stats.sinks.leaving).to.include({ offered: 1, pending: 1 });
  });

  it('observes a collector of another copy of the library, without its lanes', () => {
    const collector = collectorOf([namedSink('one'), namedSink('other', () => new Subject<void>())]);
    const foreign = Object.create(collector, { stats: { value: () => collector.stats() } }) as ObservedCollector;
    observe(foreign);
    collector.track('a');
    clock.pass(250);
    expect(last().lanes).to.deep.equal({});
    expect(last().events[0]?.fates).to.deep.equal({ one: { status: 'delivered' }, other: { status: 'pending' } });
  });

  it('emits once for a collector that has shut down, and subscribes to tables$ once', async () => {
    const collector = collectorOf([namedSink('sink')]);
    collector.track('a');
    await collector.shutdown();
    let subscriptions = 0;
    let isComplete = false;
    const table: DevtoolsTable = { title: 'Answer', columns: [], rows: [] };
    const tables$ = defer(() => {
      subscriptions += 1;
      return of([table]);
    });
    observationOf(collector, tables$).snapshots$.subscribe({
      next: (snapshot) => seen.push(snapshot),
      complete: () => (isComplete = true),
    });
    expect(seen.map(({ tables, stats }) => [tables, stats.sinks.sink?.delivered])).to.deep.equal([[[table], 1]]);
    expect([isComplete, subscriptions, clock.timers]).to.deep.equal([true, 1, 0]);
  });

  it('keeps the last tables after tables$ has ended, by completion or by an error', () => {
    const table: DevtoolsTable = { title: 'Answer', columns: [], rows: [] };
    const tables$ = new Subject<readonly DevtoolsTable[]>();
    observe(collectorOf([]), tables$);
    tables$.next([]);
    tables$.next([table]);
    tables$.error(new Error('Locked'));
    clock.pass(250);
    expect(last().tables).to.deep.equal([table]);
    expect(last().log).to.deep.equal([{ id: 1, at: 1_000_000, tone: 'bad', text: 'tables$ failed: Locked' }]);
  });
});
