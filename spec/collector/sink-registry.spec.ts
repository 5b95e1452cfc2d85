import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { lastValueFrom, NEVER, Subject, throwError, VirtualTimeScheduler } from 'rxjs';
import { Recorder } from '../../lib/collector/recorder.js';
import type { Diagnostics } from '../../lib/collector/diagnostics.js';
import { activeNames, hasCapacity, isBlockedByOpenBatch, SinkRegistry, type RegisteredSink } from '../../lib/collector/sink-registry.js';
import { SinkError } from '../../lib/errors/sink-error.js';
import { batchOf } from '../../lib/event/batch-of.js';
import { Breaker } from '../../lib/lane/breaker.js';
import { resolveLaneOptions, type LanePatch } from '../../lib/lane/lane-options.js';
import { laneStore } from '../../lib/lane/lane-store.js';
import { PauseClock } from '../../lib/lane/pause-clock.js';
import type { EventSink } from '../../lib/sink/sink.js';

/** A registry on virtual time. */
function setUp() {
  const scheduler = new VirtualTimeScheduler();
  const elapsed = (): number => scheduler.frame;
  const pauseClock = new PauseClock(elapsed);
  const recorder = new Recorder();
  const reported: string[] = [];
  recorder.diagnostics = {
    sinkError: (name: string, { kind, message }: SinkError) => reported.push(`${name} ${kind} ${message}`),
  } as unknown as Diagnostics;
  const registry = new SinkRegistry<string>({
    recorder,
    pauseClock,
    laneEnv: () => ({
      scheduler,
      elapsed,
      pauseClock,
      random: () => 0,
      newId: () => 'new',
      createBreaker: (options, onChange) => new Breaker(options, onChange),
      enter: (work) => {
        work();
      },
    }),
  });
  const add = (sink: EventSink<string>, lane?: LanePatch): RegisteredSink<string> =>
    registry.add(sink, resolveLaneOptions({ timeoutMs: Infinity }, lane), false);
  return { scheduler, registry, add, recorder, reported };
}

const offer = ({ lane }: RegisteredSink<string>): void => {
  lane.offer(batchOf({ id: 'b', sequence: 1, createdAt: 0, events: ['a'], reason: 'count' }));
};

describe('A registered sink', () => {
  it('is registered, then draining until its lane is empty, then flushed and closed', () => {
    const { registry, add } = setUp();
    const answer = new Subject();
    const calls: string[] = [];
    const sink = add({
      name: 'sink',
      process: () => answer,
      flush: () => [calls.push('flush')],
      close: () => [calls.push('close')],
    });
    expect([sink.state, sink.isLeaving, activeNames(registry)]).to.deep.equal(['registered', false, ['sink']]);
    sink.state = 'active';
    offer(sink);
    sink.leaves$.subscribe(() => calls.push('leaves'));
    sink.leave('unregistered', undefined, () => calls.push('left'));
    sink.leave('unregistered', undefined, () => calls.push('left again'));
    expect([sink.state, sink.isLeaving, activeNames(registry), calls]).to.deep.equal(['draining', true, [], ['leaves']]);
    answer.complete();
    expect([sink.state, calls]).to.deep.equal(['closed', ['leaves', 'flush', 'close', 'left', 'left again']]);
    sink.abandon('shutdown');
    expect(sink.state).to.equal('closed');
  });

  it('is abandoned at its deadline: its events are dropped, and later calls end immediately', () => {
    const { add } = setUp();
    const calls: string[] = [];
    const sink = add({ name: 'sink', process: () => NEVER });
    offer(sink);
    sink.leave('shutdown', undefined, () => calls.push('left'));
    sink.abandon('shutdown');
    expect([sink.state, sink.lane.ledger.droppedBy.shutdown, calls]).to.deep.equal(['abandoned', 1, ['left']]);
    sink.leave('shutdown', undefined, () => calls.push('left'));
    expect(calls).to.have.length(2);
  });
});

describe('A sink that leaves', () => {
  it('is closed although its flush fails; both failures are reported, and only that of the flush is counted', () => {
    const { add, recorder, reported } = setUp();
    const calls: string[] = [];
    const sink = add({
      name: 'sink',
      process: () => undefined,
      flush: () => throwError(() => new Error('not flushed')),
      close: () => throwError(() => new Error('not closed')),
    });
    sink.leave('unregistered', undefined, () => calls.push('left'));
    expect([sink.state, calls]).to.deep.equal(['closed', ['left']]);
    expect(reported).to.deep.equal(['sink flush_failed not flushed', 'sink write_failed not closed']);
    expect(recorder.ledger.flushErrors).to.equal(1);
  });

  for (const task of ['flush', 'close'] as const) {
    it(`is left alone if it is abandoned during \`${task}\`: nothing is called twice, and a late answer changes nothing`, async () => {
      for (const isPromise of [false, true]) {
        const { add, recorder, reported } = setUp();
        const calls: string[] = [];
        const answer = new Subject();
        const late = isPromise ? lastValueFrom(answer) : answer;
        const call = (name: string) => () => (calls.push(name), name === task ? late : []);
        const sink = add({ name: 'sink', process: () => undefined, flush: call('flush'), close: call('close') });
        sink.leave('shutdown', undefined, () => calls.push('left'));
        expect([sink.state, calls]).to.deep.equal(['draining', task === 'flush' ? ['flush'] : ['flush', 'close']]);
        sink.abandon('shutdown');
        expect(answer.observed).to.equal(isPromise);
        sink.abandon('shutdown');
        answer.error(new Error('late'));
        await setImmediate();
        expect([sink.state, calls]).to.deep.equal(['abandoned', ['flush', 'close', 'left']]);
        expect([reported, recorder.ledger.flushErrors]).to.deep.equal([[], 0]);
      }
    });
  }

  it('is flushed and closed without waiting if it is abandoned before', () => {
    const { add, reported } = setUp();
    const calls: string[] = [];
    const flushing = new Subject();
    const closing = new Subject();
    const sink = add({
      name: 'sink',
      process: () => NEVER,
      flush: () => (calls.push('flush'), flushing),
      close: () => (calls.push('close'), closing),
    });
    offer(sink);
    sink.leave('shutdown', undefined, () => calls.push('left'));
    sink.abandon('shutdown');
    expect(calls).to.deep.equal(['flush', 'close', 'left']);
    // The call is over for a flush; a close may end later, and its failure is reported.
    expect([flushing.observed, closing.observed]).to.deep.equal([false, true]);
    closing.error(new Error('not closed'));
    expect(reported).to.deep.equal(['sink write_failed not closed']);
  });
});

describe('SinkRegistry', () => {
  it('refuses a duplicate name and an invalid sink', () => {
    const { add } = setUp();
    add({ name: 'sink', process: () => undefined });
    expect(() => add({ name: 'sink', process: () => undefined })).to.throw(Error, "Duplicate sink name 'sink'");
    expect(() => add({ name: '' } as never)).to.throw(TypeError, 'Expected `sink` to be a sink');
  });

  it('continues the ledger of a sink that has left', () => {
    const { registry, add } = setUp();
    const first = add({ name: 'sink', process: () => undefined });
    offer(first);
    registry.remove(first);
    expect(registry.mapLedgers(({ delivered, removed }) => [delivered, removed])).to.deep.equal({ sink: [1, true] });
    offer(add({ name: 'sink', process: () => undefined }));
    expect(registry.mapLedgers(({ delivered, removed }) => [delivered, removed])).to.deep.equal({ sink: [2, false] });
  });

  it('calls back once every lane is settled, or has left; a cancelled call never', () => {
    const { registry, add } = setUp();
    const answers = [new Subject(), new Subject()];
    for (const [index, answer] of answers.entries()) offer(add({ name: String(index), process: () => answer }));
    const calls: string[] = [];
    registry.whenSettled(new Map(), () => calls.push('settled'));
    registry.whenSettled(new Map(), () => calls.push('cancelled'))();
    registry.leave('shutdown', new Map(), () => calls.push('left'));
    answers[0]?.complete();
    expect(calls).to.deep.equal([]);
    answers[1]?.complete();
    expect(calls).to.deep.equal(['settled', 'left']);
  });

  it('holds every lane until the last pause has ended', () => {
    const { registry, add } = setUp();
    const sink = add({ name: 'sink', process: () => undefined });
    registry.pause();
    registry.pause();
    offer(sink);
    registry.resume();
    expect(sink.lane.ledger.pending).to.equal(1);
    registry.resume();
    expect(sink.lane.ledger).to.include({ pending: 0, delivered: 1 });
  });

  it('counts and reports every failed attempt', () => {
    const { scheduler, add, recorder, reported } = setUp();
    const sink = add(
      { name: 'sink', process: () => throwError(() => new SinkError('write_failed', 'no')) },
      { retry: { maxAttempts: 3, baseDelayMs: 0 } },
    );
    offer(sink);
    scheduler.flush();
    expect(reported).to.deep.equal(Array(3).fill('sink write_failed no'));
    expect(recorder.ledger.flushErrors).to.equal(3);
  });

  it('does not wait for a batch whose `process` is on the stack', () => {
    const { registry, add } = setUp();
    const calls: string[] = [];
    const sink = add({
      name: 'sink',
      process: () => {
        const except = registry.batchesInProcess();
        registry.whenSettled(except, () => calls.push('settled'));
        registry.leave('unregistered', except, () => calls.push('left'));
        return NEVER;
      },
    });
    offer(sink);
    expect(calls).to.deep.equal(['settled', 'left']);
  });

  it('returns whether blocking lanes have capacity in addition to the open batch', () => {
    const { registry, add } = setUp();
    const capacity = (open: number): boolean[] => [hasCapacity(registry, open), isBlockedByOpenBatch(registry, open)];
    add({ name: 'other', process: () => NEVER }, { maxEvents: 1, overflow: 'drop_oldest' });
    expect(capacity(5)).to.deep.equal([true, false]);
    const [wide, narrow] = [10, 2].map((maxEvents) =>
      add({ name: String(maxEvents), process: () => NEVER }, { maxEvents, overflow: 'block' }),
    );
    expect([0, 1, 2].map(capacity)).to.deep.equal([
      [true, false],
      [true, false],
      [false, true],
    ]);
    // It holds an event itself: cutting the open batch would free nothing.
    offer(narrow!);
    expect([0, 1, 2].map(capacity)).to.deep.equal([
      [true, false],
      [false, false],
      [false, false],
    ]);
    narrow!.leave('unregistered', undefined, () => undefined);
    expect(capacity(2)).to.deep.equal([true, false]);
    registry.remove(wide!);
    expect(capacity(10)).to.deep.equal([true, false]);
  });

  it('reports nothing without diagnostics', () => {
    const { registry, add, recorder } = setUp();
    recorder.diagnostics = undefined;
    const no = () => throwError(() => new Error('no'));
    const spool = laneStore(() => ({ recover: no, write: () => undefined, close: () => undefined }));
    const sink = add({ name: 'sink', process: no, flush: no, close: no }, { spool, breaker: { failures: 1 }, retry: { maxAttempts: 1 } });
    sink.lane.start?.();
    offer(sink);
    expect(sink.lane.ledger).to.include({ failed: 1, breaker: 'open' });
    registry.leave('shutdown', new Map(), () => undefined);
    expect(sink.state).to.equal('closed');
  });
});
