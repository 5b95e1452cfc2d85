import { expect } from 'chai';
import { batchOf } from '../../lib/event/batch-of.js';
import { halvesOf, isSettled, remainderOf, type QueuedBatch } from '../../lib/lane/queued-batch.js';
import { sequentialIds } from '../../lib/testing/sequential-ids.js';

describe('A queued', () => {
  const shared = batchOf({ id: 'root', sequence: 7, createdAt: 5, events: ['a', 'b', 'c'], reason: 'age' });
  const make = (): QueuedBatch<string> => ({ order: 1, batch: shared, attemptedId: undefined, attempts: 0 });
  const attempted = (): QueuedBatch<string> => ({ ...make(), attemptedId: 'root', attempts: 1, firstAttemptAt: 100 });
  const newId = () => sequentialIds('new');

  it('is settled when no event is left of it', () => {
    expect([isSettled(make()), isSettled({ ...make(), batch: { ...shared, events: [] } })]).to.deep.equal([false, true]);
  });

  it('keeps its id when events are removed before any attempt', () => {
    const remainder = remainderOf(make(), ['a', 'c'], newId());
    expect(remainder).to.deep.equal({ id: 'root', sequence: 7, createdAt: 5, events: ['a', 'c'], reason: 'age' });
    expect(Object.isFrozen(remainder.events)).to.equal(true);
    expect(shared.events).to.deep.equal(['a', 'b', 'c']);
  });

  it('gets a new id, with the last attempted one as parent, when events are removed after an attempt', () => {
    expect(remainderOf(attempted(), ['b', 'c'], newId())).to.deep.equal({
      ...{ id: 'new-00000001', parentId: 'root' },
      ...{ sequence: 7, createdAt: 5, events: ['b', 'c'], reason: 'age' },
    });
  });

  it('gets one new id for all removals between two attempts', () => {
    const queued = attempted();
    const ids = newId();
    queued.batch = remainderOf(queued, ['b', 'c'], ids);
    queued.batch = remainderOf(queued, ['c'], ids);
    expect(queued.batch).to.include({ id: 'new-00000001', parentId: 'root' });
  });

  it('names the latest of several parents', () => {
    const queued = attempted();
    const ids = newId();
    queued.batch = remainderOf(queued, ['b', 'c'], ids);
    queued.attemptedId = queued.batch.id;
    queued.batch = remainderOf(queued, ['c'], ids);
    expect(queued.batch).to.include({ id: 'new-00000002', parentId: 'new-00000001' });
  });

  it('splits into halves with the same order, their own ids and a fresh count of attempts', () => {
    const halves = halvesOf({ ...attempted(), isLastAttempt: true, dropsOnFailure: 'consent' }, newId());
    expect(halves.map(({ batch }) => batch.events)).to.deep.equal([['a', 'b'], ['c']]);
    expect(halves.map(({ batch }) => batch.id)).to.deep.equal(['new-00000001', 'new-00000002']);
    for (const half of halves) {
      expect(half.batch).to.include({ parentId: 'root', sequence: 7, reason: 'age' });
      expect(half).to.include({ order: 1, attempts: 0, firstAttemptAt: 100, isLastAttempt: true, dropsOnFailure: 'consent' });
      expect(Object.isFrozen(half.batch.events)).to.equal(true);
    }
  });

  it('has the last attempted batch as parent of quarters, too, if no half was attempted in between', () => {
    const ids = newId();
    const quarters = halvesOf(attempted(), ids).flatMap((half) => halvesOf(half, ids));
    expect(new Set(quarters.map(({ batch }) => batch.parentId))).to.deep.equal(new Set(['root']));
  });

  it('splits a batch from which events were removed since the attempt as parts of the attempted batch', () => {
    const queued = attempted();
    const ids = newId();
    queued.batch = remainderOf(queued, ['a', 'b'], ids);
    const halves = halvesOf(queued, ids);
    expect(halves.map(({ batch }) => [batch.id, batch.parentId])).to.deep.equal([
      ['new-00000002', 'root'],
      ['new-00000003', 'root'],
    ]);
  });
});
