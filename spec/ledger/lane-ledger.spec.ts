import { expect } from 'chai';
import fc from 'fast-check';
import { LaneLedger } from '../../lib/ledger/lane-ledger.js';

describe('LaneLedger', () => {
  it('begin with nothing', () => {
    expect(new LaneLedger().snapshot()).to.deep.equal({
      ...{ offered: 0, recovered: 0, delivered: 0, failed: 0, dropped: 0, kept: 0, pending: 0, attempts: 0, retries: 0 },
      ...{ droppedBy: {}, breaker: 'off' },
    });
  });

  it('move events from pending to a final count, and keep their equation', () => {
    const aMove = fc.tuple(
      fc.constantFrom('offer', 'recover', 'delivered', 'failed', 'kept', 'overflow', 'shutdown'),
      fc.integer({ min: 0, max: 50 }),
    );
    fc.assert(
      fc.property(fc.array(aMove), (moves) => {
        const books = new LaneLedger();
        for (const [move, count] of moves) {
          const before = books.snapshot();
          if (move === 'offer' || move === 'recover') books[move](count);
          else if (move === 'overflow' || move === 'shutdown') books.settle(count, { status: 'dropped', reason: move });
          else books.settle(count, { status: move });
          const { offered, recovered, delivered, failed, dropped, kept, pending, droppedBy } = books.snapshot();
          expect(offered + recovered).to.equal(delivered + failed + dropped + kept + pending);
          expect(dropped).to.equal((droppedBy.overflow ?? 0) + (droppedBy.shutdown ?? 0));
          expect(pending - before.pending).to.equal(move === 'offer' || move === 'recover' ? count : -count);
          if (move === 'delivered') expect(delivered - before.delivered).to.equal(count);
          if (move === 'failed') expect(failed - before.failed).to.equal(count);
        }
      }),
    );
  });

  it('split only the dropped events by reason', () => {
    const books = new LaneLedger();
    books.offer(5);
    books.settle(1, { status: 'delivered' });
    books.settle(2, { status: 'failed' });
    expect(books.snapshot().droppedBy).to.deep.equal({});
    books.settle(2, { status: 'dropped', reason: 'expired' });
    expect(books.snapshot().droppedBy).to.deep.equal({ expired: 2 });
  });

  it('count each attempt, and each after the first as a retry', () => {
    const books = new LaneLedger();
    for (const attempt of [1, 2, 3, 4, 1]) books.attempt(attempt);
    expect(books.snapshot()).to.include({ attempts: 5, retries: 3 });
  });

  it('return a snapshot that does not change', () => {
    const books = new LaneLedger();
    books.offer(3);
    books.settle(1, { status: 'dropped', reason: 'overflow' });
    const snapshot = books.snapshot();
    books.settle(1, { status: 'dropped', reason: 'overflow' });
    expect(snapshot).to.deep.include({ dropped: 1, pending: 2, droppedBy: { overflow: 1 } });
  });

  it('report that the sink has left only when it has', () => {
    const books = new LaneLedger();
    expect(books.snapshot()).not.to.have.property('removed');
    books.removed = true;
    expect(books.snapshot().removed).to.equal(true);
  });
});
