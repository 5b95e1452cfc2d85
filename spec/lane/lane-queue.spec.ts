import { expect } from 'chai';
import type { Consignment } from '../../lib/lane/consignment.js';
import type { OverflowPolicy } from '../../lib/lane/lane-options.js';
import { LaneQueue } from '../../lib/lane/lane-queue.js';
import { aConsignment, idsOf, type Parcel } from '../support/a-consignment.js';

describe('LaneQueue', () => {
  const make = (overflow: OverflowPolicy, ...rows: readonly string[]) => {
    const queue = new LaneQueue<Parcel>(overflow);
    const consignments = rows.map((letters, index) => aConsignment(index + 1, letters));
    consignments.forEach((consignment, index) => {
      queue.enter(consignment, index + 1);
    });
    const evict = (count: number): string => {
      const gone: string[] = [];
      queue.evict(
        count,
        () => consignments.filter(({ isSettled }) => !isSettled),
        (consignment, evicted, kept) => {
          gone.push(idsOf(evicted));
          if (kept.length === 0) consignment.settle();
          else consignment.keep(kept, () => 'another id');
        },
      );
      return gone.join(' ');
    };
    return { queue, consignments: consignments as [Consignment<Parcel>, Consignment<Parcel>, Consignment<Parcel>], evict };
  };
  const drained = (queue: LaneQueue<Parcel>): number[] => {
    const orders: number[] = [];
    for (let next = queue.next(); next !== undefined; next = queue.next()) orders.push(next.order);
    return orders;
  };

  it('is left in the order in which it was entered', () => {
    expect(drained(make('drop_oldest', 'n', 'n', 'n').queue)).to.deep.equal([1, 2, 3]);
  });

  it('lets what comes back in at its place', () => {
    const { queue } = make('drop_oldest', 'n', 'n', 'n');
    const first = queue.next();
    const second = queue.next();
    if (second !== undefined) queue.giveBack(second);
    if (first !== undefined) queue.giveBack(first);
    expect([...queue].map(({ order }) => order)).to.deep.equal([1, 2, 3]);
    expect(drained(queue)).to.deep.equal([1, 2, 3]);
  });

  it('lets what comes back in behind all that are older', () => {
    const { queue } = make('drop_oldest', 'n', 'n', 'n', 'n');
    const [first, second, third, fourth] = [queue.next(), queue.next(), queue.next(), queue.next()];
    for (const back of [first, second, fourth, third]) if (back !== undefined) queue.giveBack(back);
    expect(drained(queue)).to.deep.equal([1, 2, 3, 4]);
  });

  it('lets the first half of what comes back go first', () => {
    const { queue } = make('drop_oldest', 'nn', 'n');
    const whole = queue.next();
    expect(whole?.order).to.equal(1);
    if (whole === undefined) return;
    const first = whole.splitFirstHalf(() => 'half');
    queue.giveBack(whole);
    queue.enter(first, 3);
    expect([queue.next(), queue.next(), queue.next()?.order]).to.deep.equal([first, whole, 2]);
  });

  it('passes over what was settled while it waited', () => {
    const { queue, consignments } = make('drop_oldest', 'n', 'n', 'n');
    consignments[0].settle();
    consignments[1].settle();
    expect(drained(queue)).to.deep.equal([3]);
  });

  it('evicts by its policy, whether or not it has done so before', () => {
    const { queue, evict } = make('drop_lowest_priority', 'nl', 'l', 'h');
    expect(evict(1)).to.equal('1.1');
    queue.enter(aConsignment(4, 'l'), 4);
    expect(evict(2)).to.equal('2.0 4.0');
    expect(evict(1)).to.equal('1.0');
    expect(drained(queue)).to.deep.equal([3]);
  });

  it('evicts from what has left it for a place, too, unless that is in flight', () => {
    const { queue, evict } = make('drop_oldest', 'n', 'n');
    const waiting = queue.next();
    expect(evict(1)).to.equal('1.0');
    expect(waiting?.isSettled).to.equal(true);
    queue.next()?.begin(0);
    expect(evict(1)).to.equal('');
  });

  it('evicts nothing when it blocks', () => {
    const { queue, evict } = make('block', 'l', 'l');
    expect(evict(2)).to.equal('');
    expect(drained(queue)).to.deep.equal([1, 2]);
  });
});
