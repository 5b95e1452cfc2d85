import { expect } from 'chai';
import { NEVER, Subject, VirtualTimeScheduler } from 'rxjs';
import { Recorder } from '../../lib/collector/recorder.js';
import { activeNames, SinkRegistry, type RegisteredSink } from '../../lib/collector/sink-registry.js';
import { batchOf } from '../../lib/event/batch-of.js';
import { resolveLaneOptions } from '../../lib/lane/lane-options.js';
import { PauseClock } from '../../lib/lane/pause-clock.js';
import type { EventSink } from '../../lib/sink/sink.js';

/** A registry on virtual time. */
function setUp() {
  const scheduler = new VirtualTimeScheduler();
  const elapsed = (): number => scheduler.frame;
  const pauseClock = new PauseClock(elapsed);
  const registry = new SinkRegistry<string>({
    recorder: new Recorder(),
    pauseClock,
    laneEnv: () => ({
      scheduler,
      elapsed,
      pauseClock,
      random: () => 0,
      newId: () => 'new',
      enter: (work) => {
        work();
      },
    }),
  });
  const add = (sink: EventSink<string>): RegisteredSink<string> => registry.add(sink, resolveLaneOptions({ timeoutMs: Infinity }), false);
  return { registry, add };
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

  it('is abandoned at its deadline: what it holds is dropped, and later calls end at once', () => {
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
});
