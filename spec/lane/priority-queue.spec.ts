import { expect } from 'chai';
import { PriorityQueue } from '../../lib/lane/priority-queue.js';
import { aQueuedBatch, evictFrom, idsOf, type Parcel } from '../support/a-queued-batch.js';

/** Puts batches of these priorities into a queue; evicts, and returns the ids in the order of their eviction. */
function evicted(count: number, batches: readonly string[], inFlight: readonly number[] = []): string {
  const queue = new PriorityQueue<Parcel>();
  const queued = batches.map((letters, index) => aQueuedBatch(index + 1, letters));
  for (const order of inFlight) (queued[order - 1] as { isInFlight?: boolean }).isInFlight = true;
  for (const each of queued) queue.enter(each, queued.length);
  const ids: string[] = [];
  queue.evict(count, [], (batch, isEvicted) => {
    ids.push(idsOf(evictFrom(batch, isEvicted)));
  });
  return ids.join(' ');
}

describe('PriorityQueue', () => {
  it('evicts the lowest priority first, and the oldest of equals', () => {
    expect(evicted(1, ['nh', 'nl', 'l'])).to.equal('2.1');
    expect(evicted(3, ['nh', 'nl', 'l'])).to.equal('2.1 3.0 1.0');
    expect(evicted(5, ['nh', 'nl', 'l'])).to.equal('2.1 3.0 1.0 2.0 1.1');
  });

  it('keeps critical events until nothing else is left', () => {
    expect(evicted(2, ['c', 'cn', 'c'])).to.equal('2.1 1.0');
  });

  it('never evicts events in flight', () => {
    expect(evicted(2, ['ll', 'n', 'h'], [1])).to.equal('2.0 3.0');
    expect(evicted(9, ['ll'], [1])).to.equal('');
  });

  it('evicts a batch that was read back from a store by its priority again', () => {
    const queue = new PriorityQueue<Parcel>();
    const [low, high, other] = [aQueuedBatch(1, 'll'), aQueuedBatch(2, 'hh'), aQueuedBatch(3, 'hh')];
    const { batch } = low;
    for (const each of [low, high, other]) queue.enter(each, 3);
    low.stored = 2;
    low.batch = { ...batch, events: [] };
    const ids: string[] = [];
    const evict = (count: number): void => {
      queue.evict(count, [], (queued, isEvicted) => {
        ids.push(idsOf(evictFrom(queued, isEvicted)));
      });
    };
    evict(1);
    low.stored = undefined;
    low.batch = batch;
    queue.readBack(low);
    evict(3);
    expect(ids.join(' ')).to.equal('2.0 1.0 1.1 2.1');
  });

  it('ranks values that are not events as normal', () => {
    const queue = new PriorityQueue<Parcel>();
    const odd = aQueuedBatch(2, 'n');
    odd.batch = { ...odd.batch, events: [undefined as never, null as never] };
    const evicted: unknown[] = [];
    for (const each of [aQueuedBatch(1, 'h'), odd, aQueuedBatch(3, 'l')]) queue.enter(each, 3);
    queue.evict(3, [], (batch, isEvicted) => evicted.push(...evictFrom(batch, isEvicted)));
    expect(evicted).to.deep.equal([{ id: '3.0', priority: 'low' }, undefined, null]);
  });
});
