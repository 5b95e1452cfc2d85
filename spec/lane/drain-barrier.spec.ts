import { expect } from 'chai';
import { createDrainBarrier } from '../../lib/lane/drain-barrier.js';

describe('DrainBarrier', () => {
  /** DrainBarrier, of which each says so when it ends. */
  const make = () => {
    const watches = createDrainBarrier();
    const ended: string[] = [];
    const watch = (name: string, exceptOrder = 0) => watches.watch(exceptOrder).subscribe({ complete: () => ended.push(name) });
    return { watches, ended, watch };
  };

  it('end at once when there is nothing to wait for', () => {
    const { ended, watch } = make();
    watch('a');
    expect(ended).to.deep.equal(['a']);
  });

  it('end with the last event of what was there when they began', () => {
    const { watches, ended, watch } = make();
    watches.entered(1, 2);
    watches.entered(2, 1);
    watch('a');
    watches.settled(1, 1);
    watches.settled(2, 1);
    expect(ended).to.deep.equal([]);
    watches.settled(1, 1);
    expect(ended).to.deep.equal(['a']);
  });

  it('wait for nothing that came later', () => {
    const { watches, ended, watch } = make();
    watches.entered(1, 1);
    watch('a');
    watches.entered(2, 5);
    watch('b');
    watches.settled(2, 5);
    expect(ended).to.deep.equal([]);
    watches.settled(1, 1);
    expect(ended).to.deep.equal(['a', 'b']);
  });

  it('are not ended by what came later', () => {
    const { watches, ended, watch } = make();
    watches.entered(1, 2);
    watch('a');
    watches.entered(2, 2);
    watches.settled(2, 2);
    expect(ended).to.deep.equal([]);
  });

  it('do not wait for what is settled already', () => {
    const { watches, ended, watch } = make();
    watches.entered(1, 3);
    watches.settled(1, 2);
    watch('a');
    watches.settled(1, 1);
    expect(ended).to.deep.equal(['a']);
  });

  it('do not wait for the batch that they except', () => {
    const { watches, ended, watch } = make();
    watches.entered(1, 1);
    watches.entered(2, 1);
    watch('a', 2);
    watches.settled(2, 1);
    expect(ended).to.deep.equal([]);
    watches.settled(1, 1);
    expect(ended).to.deep.equal(['a']);
    watches.entered(3, 1);
    watch('b', 3);
    expect(ended).to.deep.equal(['a', 'b']);
  });

  it('look when they are subscribed to, not when they are asked for', () => {
    const { watches, ended } = make();
    const later$ = watches.watch(0);
    watches.entered(1, 1);
    later$.subscribe({ complete: () => ended.push('later') });
    expect(ended).to.deep.equal([]);
    watches.settled(1, 1);
    expect(ended).to.deep.equal(['later']);
  });

  it('are forgotten when nobody waits any more', () => {
    const { watches, ended, watch } = make();
    watches.entered(1, 1);
    watch('a').unsubscribe();
    watches.settled(1, 1);
    expect(ended).to.deep.equal([]);
  });

  it('may begin while another one ends', () => {
    const { watches, ended, watch } = make();
    watches.entered(1, 1);
    watches.watch(0).subscribe({ complete: () => watch('inner') });
    watch('outer');
    watches.settled(1, 1);
    expect([...ended].sort()).to.deep.equal(['inner', 'outer']);
  });
});
