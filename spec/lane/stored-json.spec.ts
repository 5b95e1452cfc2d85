import { expect } from 'chai';
import { batchOf } from '../../lib/event/batch-of.js';
import type { EventBatch } from '../../lib/event/event.js';
import { batchIn, jsonOf } from '../../lib/lane/stored-json.js';
import { throwing } from '../support/hostile.js';

const batch = (events: readonly unknown[]): EventBatch<unknown> => batchOf({ id: 'b', sequence: 1, createdAt: 2, events, reason: 'count' });

describe('The JSON of a stored batch', () => {
  it('reads back as the same batch', () => {
    const whole = batch([{ type: 'a', data: { n: 1 } }, { type: 'b' }]);
    const unreadable = new Set();
    const json = jsonOf(whole, unreadable) ?? '';
    expect([batchIn(json), unreadable.size]).to.deep.equal([whole, 0]);
    expect(JSON.parse(json)).to.deep.equal({ ...whole });
  });

  it('leaves out events that cannot be read, and names them', () => {
    const bad = throwing(new Error('no'));
    const unreadable = new Set();
    expect(batchIn(jsonOf(batch(['a', bad, 'b']), unreadable) ?? '')).to.deep.equal(batch(['a', 'b']));
    expect([...unreadable]).to.have.length(1);
    expect(unreadable.has(bad)).to.equal(true);
    expect(jsonOf(batch([bad]), new Set())).to.equal(undefined);
  });

  it('is damaged if it is not an object with at least one event', () => {
    for (const json of ['', '{', 'null', '[]', '1', '{"id":"b"}', '{"id":"b","events":"a"}', '{"id":"b","events":[]}'])
      expect(batchIn(json), json).to.equal(undefined);
  });
});
