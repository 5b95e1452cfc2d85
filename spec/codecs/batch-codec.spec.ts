import { expect } from 'chai';
import * as t from 'io-ts';
import { batchCodec } from '../../lib/codecs/batch-codec.js';
import { eventCodec } from '../../lib/codecs/event-codec.js';
import { formatErrors } from '../../lib/codecs/format-errors.js';
import { createBatch } from '../../lib/event/batch-of.js';
import { anEvent } from '../support/an-event.js';
import { leftOf, rightOf } from './sides.js';

const faults = (value: unknown, codec: t.Mixed = batchCodec()): string[] => formatErrors(leftOf(codec.decode(value)));

describe('batchCodec', () => {
  it('decodes a batch that was written as JSON', () => {
    for (const batch of [createBatch([anEvent(), anEvent()], 7), createBatch([], 1, { reason: 'urgent', parentId: 'p' })]) {
      const arrived: unknown = JSON.parse(JSON.stringify(batch));
      expect(rightOf(batchCodec().decode(arrived))).to.deep.equal(batch);
      expect(batchCodec().is(arrived)).to.equal(true);
    }
  });

  it('freezes the batch and its events, but not the input', () => {
    const given = { ...createBatch([], 1), events: [1, 2] };
    const decoded = rightOf(batchCodec(t.unknown).decode(given));
    expect([Object.isFrozen(decoded), Object.isFrozen(decoded.events)]).to.deep.equal([true, true]);
    expect([Object.isFrozen(given), Object.isFrozen(given.events)]).to.deep.equal([false, false]);
    expect(decoded.events).to.deep.equal(given.events);
  });

  it('drops unknown fields, and sets `parentId` only if the input has one', () => {
    expect(rightOf(batchCodec().decode({ ...createBatch([], 1), extra: 1 }))).to.have.all.keys(
      'id',
      'sequence',
      'createdAt',
      'events',
      'reason',
    );
  });

  it('reports all faults together, including those of its events', () => {
    const wrong = { id: 1, sequence: 1.5, createdAt: -1, events: [anEvent(), anEvent({ weight: 0 })], reason: 'bored', parentId: '' };
    expect(faults(wrong)).to.deep.equal([
      'Expected `id` to be non-empty string, got a number',
      'Expected `sequence` to be integer ≥ 0, got a number',
      'Expected `createdAt` to be time in milliseconds or ISO 8601, from 1970 on, got a number',
      'Expected `events.1.weight` to be number from 1 to 4294967296, got a number',
      'Expected `reason` to be "count" | "bytes" | "age" | "urgent" | "flush" | "complete", got a string',
      'Expected `parentId` to be non-empty string, got an empty string',
    ]);
  });

  it('checks events with the given codec', () => {
    const codec = batchCodec(eventCodec(t.type({ total: t.number })));
    expect(codec.is(createBatch([anEvent({ data: { total: 1 } })], 1))).to.equal(true);
    expect(faults(createBatch([anEvent({ data: { total: '1' } })], 1), codec)).to.deep.equal([
      'Expected `events.0.data.total` to be number, got a string',
    ]);
  });

  it('refuses other values', () => {
    const getter = { get events(): unknown { throw new Error('x'); } }; // prettier-ignore
    for (const value of [null, undefined, [], 'x', 1n, getter, { ...createBatch([], 1), events: {} }]) {
      expect(faults(value)).to.have.length(1);
      expect(batchCodec().is(value)).to.equal(false);
    }
  });
});
