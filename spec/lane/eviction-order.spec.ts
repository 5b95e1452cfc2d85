import { expect } from 'chai';
import fc from 'fast-check';
import type { Consignment } from '../../lib/lane/consignment.js';
import { EvictionOrder } from '../../lib/lane/eviction-order.js';
import type { OverflowPolicy } from '../../lib/lane/lane-options.js';
import { aConsignment, idsOf, type Parcel } from '../support/a-consignment.js';

/** A list of consignments, and what it evicts when told to. */
function make(policy: OverflowPolicy, ...rows: readonly string[]) {
  const order = new EvictionOrder<Parcel>(policy);
  const consignments = rows.map((letters, index) => aConsignment(index + 1, letters));
  for (const consignment of consignments) order.add(consignment, consignments.length);
  const evict = (count: number): string => {
    const gone: Parcel[] = [];
    order.evict(count, (consignment, evicted, kept) => {
      expect(evicted.length + kept.length).to.equal(consignment.size);
      gone.push(...evicted);
      if (kept.length === 0) consignment.settle();
      else consignment.keep(kept, () => 'another id');
    });
    return idsOf(gone);
  };
  return { order, consignments: consignments as [Consignment<Parcel>, Consignment<Parcel>, Consignment<Parcel>], evict };
}

describe('EvictionOrder', () => {
  it('takes the lowest priority first, and of that the oldest', () => {
    const { evict } = make('drop_lowest_priority', 'nlh', 'lcn', 'l');
    expect(evict(2)).to.equal('1.1 2.0');
    expect(evict(2)).to.equal('3.0 1.0');
    expect(evict(2)).to.equal('2.2 1.2');
    expect(evict(2)).to.equal('2.1');
  });

  it('takes the oldest first, whatever its priority', () => {
    const { evict } = make('drop_oldest', 'cl', 'ln');
    expect(evict(3)).to.equal('1.0 1.1 2.0');
  });

  it('takes the newest first, and tells of them in their order', () => {
    const { evict } = make('drop_newest', 'lll', 'ccc');
    expect(evict(2)).to.equal('2.1 2.2');
    expect(evict(2)).to.equal('2.0 1.2');
  });

  it('keeps the order of what is left', () => {
    for (const policy of ['drop_lowest_priority', 'drop_oldest', 'drop_newest'] as const) {
      const { evict, consignments } = make(policy, 'nlnlhn');
      evict(3);
      const left = consignments[0].batch.events.map(({ id }) => id);
      expect(left, policy).to.deep.equal([...left].sort());
    }
  });

  it('never takes what is in flight, and takes it when it is back', () => {
    const { evict, consignments } = make('drop_lowest_priority', 'll', 'n');
    consignments[0].begin(0);
    expect(evict(1)).to.equal('2.0');
    expect(evict(1)).to.equal('');
    consignments[0].isInFlight = false;
    expect(evict(1)).to.equal('1.0');
  });

  it('keeps its order while it passes over several in flight', () => {
    for (const [policy, first] of [
      ['drop_oldest', '1.0'],
      ['drop_newest', '3.0'],
    ] as const) {
      const { evict, consignments } = make(policy, 'n', 'n', 'n');
      for (const consignment of consignments) consignment.begin(0);
      expect(evict(1)).to.equal('');
      for (const consignment of consignments) consignment.isInFlight = false;
      expect(evict(1)).to.equal(first);
      expect(evict(1)).to.equal('2.0');
    }
  });

  it('passes over what is settled', () => {
    const { evict, consignments } = make('drop_oldest', 'n', 'n', 'n');
    consignments[0].settle();
    expect(evict(1)).to.equal('2.0');
  });

  it('takes all there is, and no more, when it is asked for too much', () => {
    const { evict } = make('drop_newest', 'nn', 'n');
    expect(evict(100)).to.equal('2.0 1.0 1.1');
    expect(evict(1)).to.equal('');
  });

  it('puts what comes back from the middle in its place', () => {
    const { evict, order, consignments } = make('drop_oldest', 'n', 'nn', 'n');
    consignments[1].begin(0);
    order.add(
      consignments[1].splitFirstHalf(() => 'half'),
      4,
    );
    consignments[1].isInFlight = false;
    expect(evict(4)).to.equal('1.0 2.0 2.1 3.0');
  });

  it('takes an event without a priority for a normal one', () => {
    const { order } = make('drop_lowest_priority', 'h');
    order.add(aConsignment(2, 'l'), 2);
    const odd = aConsignment(3, 'n');
    Object.assign(odd.batch.events[0] as object, { priority: undefined });
    order.add(odd, 3);
    const gone: string[] = [];
    order.evict(2, (_consignment, evicted) => gone.push(idsOf(evicted)));
    expect(gone).to.deep.equal(['2.0', '3.0']);
  });

  it('does what sorting all of the events would do', () => {
    const aRow = fc.array(fc.constantFrom('l', 'n', 'h', 'c'), { minLength: 1, maxLength: 5 }).map((letters) => letters.join(''));
    const policies = fc.constantFrom('drop_lowest_priority', 'drop_oldest', 'drop_newest');
    fc.assert(
      fc.property(policies, fc.array(aRow, { maxLength: 8 }), fc.array(fc.integer({ min: 1, max: 6 })), (policy, rows, counts) => {
        const { consignments, evict } = make(policy, ...rows);
        let all = consignments.flatMap(({ batch }) => [...batch.events]);
        for (const count of counts) {
          const rank = ({ priority }: Parcel): number => ['low', 'normal', 'high', 'critical'].indexOf(priority);
          const byAge = policy === 'drop_newest' ? [...all].reverse() : all;
          const victims = (policy === 'drop_lowest_priority' ? [...byAge].sort((a, b) => rank(a) - rank(b)) : byAge).slice(0, count);
          expect(evict(count).split(' ').sort()).to.deep.equal(idsOf(victims).split(' ').sort());
          all = all.filter((parcel) => !victims.includes(parcel));
        }
      }),
    );
  });
});
