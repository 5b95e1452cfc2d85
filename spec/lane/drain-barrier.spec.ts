import { expect } from 'chai';
import { DrainBarrier } from '../../lib/lane/drain-barrier.js';

describe('DrainBarrier', () => {
  const [first, second, third] = [{}, {}, {}] as const;
  const make = () => {
    const barrier = new DrainBarrier();
    const ended: string[] = [];
    const wait = (name: string, except?: object) => barrier.wait(except, () => ended.push(name));
    return { barrier, ended, wait };
  };

  it('calls back immediately when there is nothing to wait for', () => {
    const { ended, wait } = make();
    wait('a');
    expect(ended).to.deep.equal(['a']);
  });

  it('calls back when the last event is settled that was present when `wait` was called', () => {
    const { barrier, ended, wait } = make();
    barrier.entered(first, 2);
    barrier.entered(second, 1);
    wait('a');
    barrier.settled(first, 1);
    barrier.settled(second, 1);
    expect(ended).to.deep.equal([]);
    barrier.settled(first, 1);
    expect(ended).to.deep.equal(['a']);
  });

  it('ignores later batches', () => {
    const { barrier, ended, wait } = make();
    barrier.entered(first, 1);
    wait('a');
    barrier.entered(second, 5);
    wait('b');
    barrier.settled(second, 5);
    expect(ended).to.deep.equal([]);
    barrier.settled(first, 1);
    expect(ended).to.deep.equal(['a', 'b']);
  });

  it('waits for recovered batches that are read later', () => {
    const { barrier, ended, wait } = make();
    barrier.entered(first, 1);
    wait('a');
    barrier.recovered(second, 1);
    barrier.settled(first, 1);
    expect(ended).to.deep.equal([]);
    barrier.settled(second, 1);
    expect(ended).to.deep.equal(['a']);
  });

  it('does not wait for settled parts', () => {
    const { barrier, ended, wait } = make();
    barrier.entered(first, 3);
    barrier.settled(first, 2);
    wait('a');
    barrier.settled(first, 1);
    expect(ended).to.deep.equal(['a']);
  });

  it('ignores the excepted batch', () => {
    const { barrier, ended, wait } = make();
    barrier.entered(first, 1);
    barrier.entered(second, 1);
    wait('a', second);
    barrier.settled(second, 1);
    expect(ended).to.deep.equal([]);
    barrier.settled(first, 1);
    expect(ended).to.deep.equal(['a']);
    barrier.entered(third, 1);
    wait('b', third);
    expect(ended).to.deep.equal(['a', 'b']);
  });

  it('waits for both halves of a batch', () => {
    const { barrier, ended, wait } = make();
    barrier.entered(first, 3);
    wait('a');
    barrier.divided(first, second, 2);
    barrier.divided(first, third, 1);
    barrier.settled(third, 1);
    expect(ended).to.deep.equal([]);
    barrier.settled(second, 2);
    expect(ended).to.deep.equal(['a']);
  });

  it('waits for the other half if one is excepted', () => {
    const { barrier, ended, wait } = make();
    barrier.entered(first, 2);
    barrier.divided(first, second, 1);
    barrier.divided(first, third, 1);
    wait('a', second);
    barrier.settled(second, 1);
    expect(ended).to.deep.equal([]);
    barrier.settled(third, 1);
    expect(ended).to.deep.equal(['a']);
  });

  it('waits for neither half if the whole is excepted', () => {
    const { barrier, ended, wait } = make();
    barrier.entered(first, 2);
    barrier.entered(third, 1);
    wait('a', first);
    barrier.divided(first, second, 2);
    barrier.settled(third, 1);
    expect(ended).to.deep.equal(['a']);
  });

  it('does not call back when the wait is cancelled', () => {
    const { barrier, ended, wait } = make();
    barrier.entered(first, 1);
    wait('a')();
    barrier.settled(first, 1);
    expect(ended).to.deep.equal([]);
  });

  it('accepts a new wait from a callback', () => {
    const { barrier, ended, wait } = make();
    barrier.entered(first, 1);
    barrier.wait(undefined, () => wait('inner'));
    wait('outer');
    barrier.settled(first, 1);
    expect([...ended].sort()).to.deep.equal(['inner', 'outer']);
  });
});
