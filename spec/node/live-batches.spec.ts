import { expect } from 'chai';
import { LiveBatches, type Segment } from '../../lib/node/live-batches.js';

const segment = (path: string): Segment => ({ path, bytes: 0, live: new Map() });

describe('LiveBatches', () => {
  it('finds the segment and the line of each batch', () => {
    const live = new LiveBatches();
    const first = segment('1');
    live.add('a', first, { start: 10, length: 20 }, 1);
    expect(live.find('a')).to.deep.equal({ path: '1', line: { start: 10, length: 20 } });
    expect(live.find('b')).to.equal(undefined);
    expect([...first.live.keys()]).to.deep.equal(['a']);
  });

  it('counts the bytes of a line once for any number of batches in it', () => {
    const live = new LiveBatches();
    const [first, line] = [segment('1'), { start: 0, length: 30 }];
    for (const id of ['a', 'b', 'c']) live.add(id, first, line, 3);
    expect([live.count, live.bytes]).to.deep.equal([3, 30]);
    live.remove('b');
    expect([live.count, live.bytes]).to.deep.equal([2, 20]);
  });

  it('has a batch only where it was written last', () => {
    const live = new LiveBatches();
    const [first, second] = [segment('1'), segment('2')];
    live.add('a', first, { start: 0, length: 30 }, 1);
    live.add('a', second, { start: 5, length: 10 }, 1);
    expect(live.find('a')?.path).to.equal('2');
    expect([live.count, live.bytes, first.live.size]).to.deep.equal([1, 10, 0]);
  });

  it('ignores the removal of a batch that it does not have', () => {
    const live = new LiveBatches();
    live.add('a', segment('1'), { start: 0, length: 30 }, 1);
    for (const id of ['b', 'a', 'a']) live.remove(id);
    expect([live.count, live.bytes]).to.deep.equal([0, 0]);
  });
});
