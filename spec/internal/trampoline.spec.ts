import { expect } from 'chai';
import { VirtualTimeScheduler } from 'rxjs';
import { onTrampoline, Trampoline } from '../../lib/internal/trampoline.js';

/** A trampoline, and what happened on it. */
function setUp() {
  const log: unknown[] = [];
  const trampoline = new Trampoline((error) => log.push(error));
  trampoline.onEnd = () => log.push('end');
  return { log, trampoline };
}

describe('Trampoline', () => {
  it('runs deferred work now outside of a turn, and after the running work inside, in order', () => {
    const { log, trampoline } = setUp();
    trampoline.defer(() => {
      trampoline.defer(() => log.push('second'), 1);
      trampoline.defer(() => log.push('third'), 1);
      log.push('first');
    }, 0);
    expect(log).to.deep.equal(['first', 'second', 'third', 'end']);
  });

  it('enters the running turn immediately, or starts one', () => {
    const { log, trampoline } = setUp();
    trampoline.enter(() => {
      trampoline.enter(() => log.push('inner'));
      log.push('outer');
    });
    expect(log).to.deep.equal(['inner', 'outer', 'end']);
  });

  it('has the depth of the running work, and 0 outside', () => {
    const { log, trampoline } = setUp();
    trampoline.defer(() => {
      log.push(trampoline.depth);
      trampoline.defer(() => log.push(trampoline.depth), 5);
    }, 2);
    expect([...log, trampoline.depth, trampoline.isRunning]).to.deep.equal([2, 5, 'end', 0, false]);
  });

  it('reports errors of the work, and continues', () => {
    const { log, trampoline } = setUp();
    trampoline.defer(() => {
      trampoline.defer(() => log.push('next'), 0);
      throw new Error('no');
    }, 0);
    expect(log.map(String)).to.deep.equal(['Error: no', 'next', 'end']);
  });

  it('can be opened manually, and runs deferred work at its end', () => {
    const { log, trampoline } = setUp();
    trampoline.begin(3);
    trampoline.defer(() => log.push('deferred'), 4);
    expect([...log, trampoline.depth]).to.deep.equal([3]);
    trampoline.end();
    expect(log).to.deep.equal(['deferred', 'end']);
  });

  it('does not grow the stack, however long the chain', () => {
    const { trampoline } = setUp();
    let left = 50_000;
    const work = (): void => {
      left -= 1;
      if (left > 0) trampoline.defer(work, 0);
    };
    trampoline.defer(work, 0);
    expect(left).to.equal(0);
  });

  it('runs scheduled work on the trampoline', () => {
    const { log, trampoline } = setUp();
    const scheduler = new VirtualTimeScheduler();
    const wrapped = onTrampoline(scheduler, trampoline);
    wrapped.schedule((state) => log.push([state, wrapped.now(), trampoline.isRunning]), 7, 'state');
    wrapped.schedule(() => log.push('never'), 5).unsubscribe();
    scheduler.flush();
    expect(log).to.deep.equal([['state', 7, true], 'end']);
  });
});
