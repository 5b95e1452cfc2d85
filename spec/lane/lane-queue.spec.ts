import { expect } from 'chai';
import fc from 'fast-check';
import { halvesOf, isSettled, type QueuedBatch } from '../../lib/lane/queued-batch.js';
import type { OverflowPolicy } from '../../lib/lane/lane-options.js';
import { LaneQueue } from '../../lib/lane/lane-queue.js';
import { PriorityQueue } from '../../lib/lane/priority-queue.js';
import { aQueuedBatch, evictFrom, idsOf, settle, type Parcel } from '../support/a-queued-batch.js';

/** `drop_lowest_priority` is a part of its own. */
const queueFor = (overflow: OverflowPolicy): LaneQueue<Parcel> =>
  overflow === 'drop_lowest_priority' ? new PriorityQueue() : new LaneQueue(overflow);

describe('A lane’s queue', () => {
  /** A queue that these have entered, and what it evicts when told to. */
  const make = (overflow: OverflowPolicy, ...rows: readonly string[]) => {
    const queue = queueFor(overflow);
    const active = new Set<QueuedBatch<Parcel>>();
    const queuedBatches = rows.map((letters, index) => aQueuedBatch(index + 1, letters));
    queuedBatches.forEach((queued, index) => {
      queue.enter(queued, index + 1);
    });
    const evict = (count: number): string => {
      const gone: Parcel[] = [];
      queue.evict(count, active, (queued, isEvicted) => gone.push(...evictFrom(queued, isEvicted)));
      return idsOf(gone);
    };
    /** Moves the oldest into a slot, as in flight. */
    const start = (): QueuedBatch<Parcel> => {
      const next = queue.next() as QueuedBatch<Parcel>;
      next.isInFlight = true;
      active.add(next);
      return next;
    };
    return { queue, start, queuedBatches: queuedBatches as [QueuedBatch<Parcel>, QueuedBatch<Parcel>, QueuedBatch<Parcel>], evict };
  };
  const drained = (queue: LaneQueue<Parcel>): number[] => {
    const orders: number[] = [];
    for (let next = queue.next(); next !== undefined; next = queue.next()) orders.push(next.order);
    return orders;
  };

  it('is left in the order in which it was entered', () => {
    expect(drained(make('drop_oldest', 'n', 'n', 'n').queue)).to.deep.equal([1, 2, 3]);
  });

  it('inserts a returning batch at its position, after all older ones', () => {
    const { queue } = make('drop_oldest', 'n', 'n', 'n', 'n');
    const [first, second, third, fourth] = [queue.next(), queue.next(), queue.next(), queue.next()];
    for (const back of [fourth, second, first, third]) if (back !== undefined) queue.enter(back, 4);
    expect([...queue.waiting].map(({ order }) => order)).to.deep.equal([1, 2, 3, 4]);
    expect(drained(queue)).to.deep.equal([1, 2, 3, 4]);
  });

  it('inserts a later batch before others of the same position', () => {
    const { queue } = make('drop_oldest', 'nn', 'n');
    const whole = queue.next();
    expect(whole?.order).to.equal(1);
    if (whole === undefined) return;
    const [first, second] = halvesOf(whole, () => 'half') as [QueuedBatch<Parcel>, QueuedBatch<Parcel>];
    queue.enter(second, 2);
    queue.enter(first, 3);
    expect([queue.next(), queue.next(), queue.next()?.order]).to.deep.equal([first, second, 2]);
  });

  it('skips batches that were settled while they waited', () => {
    const { queue, queuedBatches } = make('drop_oldest', 'n', 'n', 'n');
    settle(queuedBatches[0]);
    settle(queuedBatches[1]);
    expect(drained(queue)).to.deep.equal([3]);
  });

  it('evicts by its policy, whether or not it has done so before', () => {
    const { queue, evict } = make('drop_lowest_priority', 'nl', 'l', 'h');
    expect(evict(1)).to.equal('1.1');
    queue.enter(aQueuedBatch(4, 'l'), 4);
    expect(evict(2)).to.equal('2.0 4.0');
    expect(evict(1)).to.equal('1.0');
    expect(drained(queue)).to.deep.equal([3]);
  });

  it('evicts from batches in slots, too, unless they are in flight', () => {
    const { start, evict } = make('drop_oldest', 'n', 'n');
    const waiting = start();
    waiting.isInFlight = false;
    expect(evict(1)).to.equal('1.0');
    expect(isSettled(waiting)).to.equal(true);
    start();
    expect(evict(1)).to.equal('');
  });

  it('evicts from active batches by their age, regardless of the order in which they started', () => {
    for (const [policy, id] of Object.entries({ drop_oldest: '1.0', drop_newest: '2.0', drop_lowest_priority: '1.0' } as const)) {
      const gone: Parcel[] = [];
      queueFor(policy as OverflowPolicy).evict(
        1,
        [2, 1].map((order) => aQueuedBatch(order, 'n')),
        (queued, isEvicted) => gone.push(...evictFrom(queued, isEvicted)),
      );
      expect(idsOf(gone), policy).to.equal(id);
    }
  });

  it('evicts the lowest priority first, and the oldest events of it', () => {
    const { evict } = make('drop_lowest_priority', 'nlh', 'lcn', 'l');
    expect(evict(2)).to.equal('1.1 2.0');
    expect(evict(2)).to.equal('3.0 1.0');
    expect(evict(2)).to.equal('2.2 1.2');
    expect(evict(2)).to.equal('2.1');
  });

  it('evicts the oldest first, regardless of priority', () => {
    const { evict } = make('drop_oldest', 'cl', 'ln');
    expect(evict(3)).to.equal('1.0 1.1 2.0');
  });

  it('evicts the newest first, and reports them in order', () => {
    const { evict } = make('drop_newest', 'lll', 'ccc');
    expect(evict(2)).to.equal('2.1 2.2');
    expect(evict(2)).to.equal('2.0 1.2');
  });

  it('keeps the order of the remaining events', () => {
    for (const policy of ['drop_lowest_priority', 'drop_oldest', 'drop_newest'] as const) {
      const { evict, queuedBatches } = make(policy, 'nlnlhn');
      evict(3);
      const left = queuedBatches[0].batch.events.map(({ id }) => id);
      expect(left, policy).to.deep.equal([...left].sort());
    }
  });

  it('never evicts events in flight, and evicts them when they are back', () => {
    const { start, evict } = make('drop_lowest_priority', 'll', 'n');
    const first = start();
    expect(evict(1)).to.equal('2.0');
    expect(evict(1)).to.equal('');
    first.isInFlight = false;
    expect(evict(1)).to.equal('1.0');
  });

  it('keeps its order while it skips several batches in flight', () => {
    for (const [policy, first] of [
      ['drop_oldest', '1.0'],
      ['drop_newest', '3.0'],
      ['drop_lowest_priority', '1.0'],
    ] as const) {
      const { start, evict } = make(policy, 'n', 'n', 'n');
      const started = [start(), start(), start()];
      expect(evict(1)).to.equal('');
      for (const queued of started) queued.isInFlight = false;
      expect(evict(1)).to.equal(first);
      expect(evict(1)).to.equal('2.0');
    }
  });

  it('evicts by age among active batches and halves that returned to the queue', () => {
    for (const [policy, ids] of [
      ['drop_oldest', '1.0 1.1 2.0'],
      ['drop_newest', '2.0 1.0 1.1'],
    ] as const) {
      const { queue, start, evict } = make(policy, 'nn', 'n');
      const [first, second] = [start(), start()];
      second.isInFlight = false;
      const halves = halvesOf(first, () => 'half');
      settle(first);
      for (const half of halves.reverse()) queue.enter({ ...half, isInFlight: false }, 3);
      expect([evict(1), evict(1), evict(1)].join(' ').split(' ').sort().join(' '), policy).to.equal([...ids.split(' ')].sort().join(' '));
      const again = make(policy, 'nn', 'n');
      const [whole, other] = [again.start(), again.start()];
      other.isInFlight = false;
      const parts = halvesOf(whole, () => 'half');
      settle(whole);
      for (const part of parts.reverse()) again.queue.enter({ ...part, isInFlight: false }, 3);
      expect(again.evict(1), policy).to.equal(policy === 'drop_oldest' ? '1.0' : '2.0');
    }
  });

  it('skips settled batches', () => {
    const { evict, queuedBatches } = make('drop_oldest', 'n', 'n', 'n');
    settle(queuedBatches[0]);
    expect(evict(1)).to.equal('2.0');
  });

  it('evicts all events if more are requested', () => {
    const { evict } = make('drop_newest', 'nn', 'n');
    expect(evict(100)).to.equal('2.0 1.0 1.1');
    expect(evict(1)).to.equal('');
  });

  it('lists the newest first', () => {
    expect([...make('drop_oldest', 'n', 'n', 'n').queue.newest()].map(({ order }) => order)).to.deep.equal([3, 2, 1]);
  });

  it('skips batches that are only in a store, and does not remove them', () => {
    for (const [policy, ids] of [
      ['drop_oldest', '2.0 4.0'],
      ['drop_newest', '4.0 2.0'],
    ] as const) {
      const { queue, evict, queuedBatches } = make(policy, 'n', 'n', 'n', 'n', 'n');
      for (const each of [0, 2, 4]) {
        const queued = queuedBatches[each] as QueuedBatch<Parcel>;
        settle(queued);
        queued.stored = 1;
      }
      expect([evict(1), evict(1), evict(1)].join(' ').trim(), policy).to.equal(ids);
      expect(drained(queue), policy).to.deep.equal([1, 3, 5]);
    }
  });

  it('is swept when it has more than 32 batches beyond twice the live ones', () => {
    const queue = queueFor('drop_oldest');
    const entered = Array.from({ length: 34 }, (_, index) => aQueuedBatch(index + 1, 'n'));
    for (const each of entered) queue.enter(each, 34);
    for (const each of entered.slice(1)) settle(each);
    const sizeAfter = (order: number): number => {
      queue.enter(aQueuedBatch(order, 'n'), 1);
      return [...queue.waiting].length;
    };
    expect([sizeAfter(35), sizeAfter(36)]).to.deep.equal([35, 3]);
    expect(drained(queue)).to.deep.equal([1, 35, 36]);
  });

  it('puts halves in the place of their whole', () => {
    const { evict, queue, queuedBatches } = make('drop_oldest', 'n', 'n', 'nn', 'n');
    expect(evict(1)).to.equal('1.0');
    const halves = halvesOf(queuedBatches[2], () => 'half');
    settle(queuedBatches[2]);
    for (const half of halves.reverse()) queue.enter(half, 4);
    expect(evict(4)).to.equal('2.0 3.0 3.1 4.0');
  });

  it('treats an event without a priority as normal', () => {
    const { queue, evict } = make('drop_lowest_priority', 'h', 'l');
    const odd = aQueuedBatch(3, 'n');
    Object.assign(odd.batch.events[0] as object, { priority: undefined });
    queue.enter(odd, 3);
    expect(evict(2)).to.equal('2.0 3.0');
  });

  it('evicts in time that does not grow with its size, and forgets settled batches', () => {
    const queue = queueFor('drop_lowest_priority');
    const evict = (count: number): void => {
      queue.evict(count, [], evictFrom);
    };
    // One of high priority at the front, behind which all others are evicted in their turn.
    queue.enter(aQueuedBatch(1, 'h'), 1);
    for (let order = 2; order <= 1_000; order += 1) queue.enter(aQueuedBatch(order, 'n'), order);
    for (let order = 1_001; order <= 100_000; order += 1) {
      queue.enter(aQueuedBatch(order, 'n'), 1_001);
      evict(1);
    }
    expect([...queue.waiting].length).to.be.lessThan(2_100);
    expect([...queue.waiting].filter((queued) => !isSettled(queued)).map(({ order }) => order)).to.deep.equal([
      1,
      ...Array.from({ length: 999 }, (_, index) => 99_002 + index),
    ]);
  });

  it('evicts the same events as a sort of all events', () => {
    const aRow = fc.array(fc.constantFrom('l', 'n', 'h', 'c'), { minLength: 1, maxLength: 5 }).map((letters) => letters.join(''));
    const policies = fc.constantFrom('drop_lowest_priority', 'drop_oldest', 'drop_newest');
    fc.assert(
      fc.property(policies, fc.array(aRow, { maxLength: 8 }), fc.array(fc.integer({ min: 1, max: 6 })), (policy, rows, counts) => {
        const { queuedBatches, evict } = make(policy, ...rows);
        let all = queuedBatches.flatMap(({ batch }) => [...batch.events]);
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
