import { expect } from 'chai';
import { DrainBarrier } from '../../lib/lane/drain-barrier.js';

describe('DrainBarrier', () => {
  const make = () => {
    const barrier = new DrainBarrier();
    const ended: string[] = [];
    const wait = (name: string, exceptOrder = 0) => barrier.wait(exceptOrder, () => ended.push(name));
    return { barrier, ended, wait };
  };

  it('calls back immediately when there is nothing to wait for', () => {
    const { ended, wait } = make();
    wait('a');
    expect(ended).to.deep.equal(['a']);
  });

  it('calls back with the last event that was there at the call', () => {
    const { barrier, ended, wait } = make();
    barrier.entered(1, 2);
    barrier.entered(2, 1);
    wait('a');
    barrier.settled(1, 1);
    barrier.settled(2, 1);
    expect(ended).to.deep.equal([]);
    barrier.settled(1, 1);
    expect(ended).to.deep.equal(['a']);
  });

  it('ignores later batches', () => {
    const { barrier, ended, wait } = make();
    barrier.entered(1, 1);
    wait('a');
    barrier.entered(2, 5);
    wait('b');
    barrier.settled(2, 5);
    expect(ended).to.deep.equal([]);
    barrier.settled(1, 1);
    expect(ended).to.deep.equal(['a', 'b']);
  });

  it('are not ended by what came later', () => {
    const { barrier, ended, wait } = make();
    barrier.entered(1, 2);
    wait('a');
    barrier.entered(2, 2);
    barrier.settled(2, 2);
    expect(ended).to.deep.equal([]);
  });

  it('do not wait for what is settled already', () => {
    const { barrier, ended, wait } = make();
    barrier.entered(1, 3);
    barrier.settled(1, 2);
    wait('a');
    barrier.settled(1, 1);
    expect(ended).to.deep.equal(['a']);
  });

  it('ignores the excepted batch', () => {
    const { barrier, ended, wait } = make();
    barrier.entered(1, 1);
    barrier.entered(2, 1);
    wait('a', 2);
    barrier.settled(2, 1);
    expect(ended).to.deep.equal([]);
    barrier.settled(1, 1);
    expect(ended).to.deep.equal(['a']);
    barrier.entered(3, 1);
    wait('b', 3);
    expect(ended).to.deep.equal(['a', 'b']);
  });

  it('does not call back when the wait is cancelled', () => {
    const { barrier, ended, wait } = make();
    barrier.entered(1, 1);
    wait('a')();
    barrier.settled(1, 1);
    expect(ended).to.deep.equal([]);
  });

  it('accepts a new wait from a callback', () => {
    const { barrier, ended, wait } = make();
    barrier.entered(1, 1);
    barrier.wait(0, () => wait('inner'));
    wait('outer');
    barrier.settled(1, 1);
    expect([...ended].sort()).to.deep.equal(['inner', 'outer']);
  });
});
