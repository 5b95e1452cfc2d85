import { expect } from 'chai';
import { batchOf } from '../../lib/event/batch-of.js';
import { Consignment } from '../../lib/lane/consignment.js';
import { sequentialIds } from '../../lib/testing/sequential-ids.js';

describe('Consignment', () => {
  const shared = batchOf({ id: 'root', sequence: 7, createdAt: 5, events: ['a', 'b', 'c'], reason: 'age' });
  const make = (wasAttempted = false) => new Consignment(shared, 1, wasAttempted);
  const newId = () => sequentialIds('new');

  it('carries the shared batch itself as long as nothing is missing from it', () => {
    const consignment = make();
    consignment.begin(100);
    consignment.keep(['a', 'b', 'c'], newId());
    expect(consignment.batch).to.equal(shared);
    expect(consignment.part(['a', 'b', 'c'])).to.equal(shared);
  });

  it('counts attempts, and remembers when the first began', () => {
    const consignment = make();
    expect([consignment.attempts, consignment.firstAttemptAt, consignment.isInFlight]).to.deep.equal([0, undefined, false]);
    consignment.begin(100);
    consignment.begin(200);
    expect([consignment.attempts, consignment.firstAttemptAt, consignment.isInFlight]).to.deep.equal([2, 100, true]);
  });

  it('goes by its id when something is taken out before any attempt', () => {
    const consignment = make();
    consignment.keep(['a', 'c'], newId());
    expect(consignment.batch).to.deep.equal({ id: 'root', sequence: 7, createdAt: 5, events: ['a', 'c'], reason: 'age' });
    expect(shared.events).to.deep.equal(['a', 'b', 'c']);
  });

  it('goes by a new id, and names the one last attempted, when something is taken out afterwards', () => {
    const consignment = make();
    consignment.begin(100);
    consignment.keep(['b', 'c'], newId());
    expect(consignment.batch).to.deep.equal({
      id: 'new-00000001',
      parentId: 'root',
      sequence: 7,
      createdAt: 5,
      events: ['b', 'c'],
      reason: 'age',
    });
  });

  it('takes one new id for all that is taken out between two attempts', () => {
    const consignment = make();
    const ids = newId();
    consignment.begin(100);
    consignment.keep(['b', 'c'], ids);
    consignment.keep(['c'], ids);
    expect(consignment.batch).to.include({ id: 'new-00000001', parentId: 'root' });
    consignment.begin(200);
    expect(consignment.batch).to.include({ id: 'new-00000001', parentId: 'root' });
  });

  it('names the latest of several parents', () => {
    const consignment = make();
    const ids = newId();
    consignment.begin(100);
    consignment.keep(['b', 'c'], ids);
    consignment.begin(200);
    consignment.keep(['c'], ids);
    expect(consignment.batch).to.include({ id: 'new-00000002', parentId: 'new-00000001' });
  });

  it('counts as attempted when it was a dead letter', () => {
    const consignment = make(true);
    expect(consignment.attempts).to.equal(0);
    consignment.keep(['a'], newId());
    expect(consignment.batch).to.include({ id: 'new-00000001', parentId: 'root' });
  });

  it('tells of a part under its own id, and changes nothing by it', () => {
    const consignment = make();
    const part = consignment.part(['b']);
    expect(part).to.include({ id: 'root', sequence: 7 });
    expect(part.events).to.deep.equal(['b']);
    expect(Object.isFrozen(part.events)).to.equal(true);
    expect(consignment.batch).to.equal(shared);
  });

  it('splits into halves at the same place, each under an id of its own, whose attempts count anew', () => {
    const consignment = make();
    consignment.begin(100);
    consignment.isLastAttempt = true;
    const first = consignment.splitFirstHalf(newId());
    expect([first.batch.events, consignment.batch.events]).to.deep.equal([['a', 'b'], ['c']]);
    expect([first.batch.id, consignment.batch.id]).to.deep.equal(['new-00000001', 'new-00000002']);
    for (const half of [first, consignment]) {
      expect(half.batch).to.include({ parentId: 'root', sequence: 7, reason: 'age' });
      expect([half.order, half.attempts, half.firstAttemptAt, half.isLastAttempt]).to.deep.equal([1, 0, 100, true]);
    }
  });

  it('names what was tried last as the parent of quarters, too, when no half was tried in between', () => {
    const consignment = make();
    const ids = newId();
    consignment.begin(100);
    const half = consignment.splitFirstHalf(ids);
    const quarter = half.splitFirstHalf(ids);
    expect([half.batch.parentId, quarter.batch.parentId]).to.deep.equal(['root', 'root']);
  });

  it('splits what was taken out of, before it was tried again, as parts of what was tried', () => {
    const consignment = make();
    const ids = newId();
    consignment.begin(100);
    consignment.keep(['a', 'b'], ids);
    const first = consignment.splitFirstHalf(ids);
    expect(new Set([first.batch.parentId, consignment.batch.parentId])).to.deep.equal(new Set(['root']));
  });

  it('lets go of its events when it is settled', () => {
    const consignment = make();
    consignment.begin(100);
    consignment.settle();
    expect([consignment.isSettled, consignment.isInFlight, consignment.size]).to.deep.equal([true, false, 0]);
    expect(shared.events).to.deep.equal(['a', 'b', 'c']);
  });
});
