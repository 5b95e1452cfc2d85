import { expect } from 'chai';
import { TestScheduler } from 'rxjs/testing';
import { validate, version } from 'uuid';
import { batchOf, createBatch } from '../../lib/event/batch-of.js';
import type { FlushReason } from '../../lib/event/event.js';

describe('batchOf', () => {
  const parts = { id: 'b1', sequence: 3, createdAt: 5, events: ['a', 'b'], reason: 'count' } as const;

  it('creates an envelope from its parts', () => {
    expect(batchOf({ ...parts, events: [...parts.events] })).to.deep.equal(parts);
  });

  it('has a `parentId` only if there is a parent', () => {
    expect(batchOf({ ...parts, parentId: undefined })).to.not.have.property('parentId');
    expect(batchOf({ ...parts, parentId: 'b0' })).to.deep.equal({ ...parts, parentId: 'b0' });
  });

  it('uses the array without a copy, and freezes both', () => {
    const events = ['a'];
    const batch = batchOf({ ...parts, events });
    expect(batch.events).to.equal(events);
    expect([Object.isFrozen(batch), Object.isFrozen(events)]).to.deep.equal([true, true]);
  });
});

describe('createBatch', () => {
  it('creates a batch of the given events', () => {
    const { id, createdAt, ...rest } = createBatch(['a', 'b'], 3);
    expect(validate(id) && version(id) === 7).to.be.true;
    expect(createdAt).to.be.greaterThan(0);
    expect(rest).to.deep.equal({ sequence: 3, events: ['a', 'b'], reason: 'flush' });
  });

  it('copies the list, and freezes the copy', () => {
    const events = ['a'];
    const batch = createBatch(events, 1);
    events.push('b');
    expect(batch.events).to.deep.equal(['a']);
    expect(Object.isFrozen(batch.events)).to.be.true;
  });

  it('accepts any iterable', () => {
    expect(createBatch(new Set(['a', 'b']), 1).events).to.deep.equal(['a', 'b']);
  });

  it('uses reason, parent, clock and ids of the options', () => {
    const batch = createBatch(['a'], 1, { reason: 'age', parentId: 'b0', now: () => 5, newId: () => 'b1' });
    expect(batch).to.deep.equal({ id: 'b1', sequence: 1, createdAt: 5, events: ['a'], reason: 'age', parentId: 'b0' });
  });

  it('runs on virtual time', () => {
    new TestScheduler(() => undefined).run(() => expect(createBatch([], 1).createdAt).to.equal(0));
  });

  it('refuses options outside their range', () => {
    expect(() => createBatch([], 1.5)).to.throw(TypeError, 'Expected `sequence` to be an integer ≥ 0, got `1.5` (number)');
    expect(() => createBatch([], -1)).to.throw(TypeError, 'Expected `sequence`');
    expect(() => createBatch([], 1, { reason: 'late' as FlushReason })).to.throw(TypeError, 'Expected `reason` to be one of');
    expect(() => createBatch([], 1, { now: 5 as unknown as () => number })).to.throw(TypeError, 'Expected `now` to be a function');
    expect(() => createBatch([], 1, { newId: 'id' as unknown as () => string })).to.throw(TypeError, 'Expected `newId` to be a function');
  });
});
