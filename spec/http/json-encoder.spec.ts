import { expect } from 'chai';
import { createBatch } from '../../lib/event/batch-of.js';
import { jsonEncoder } from '../../lib/http/json-encoder.js';
import { anEvent } from '../support/an-event.js';

describe('jsonEncoder', () => {
  it('writes the whole batch', () => {
    const batch = createBatch([anEvent({ data: { text: 'ü "😀"' } })], 7, { parentId: 'parent' });
    expect(JSON.parse(String(jsonEncoder.encode(batch)))).to.deep.equal(batch);
  });

  it('uses toJSON of an event', () => {
    const own = { toJSON: () => ({ n: 1 }) };
    expect(JSON.parse(String(jsonEncoder.encode(createBatch([own], 1))))).to.deep.include({ events: [{ n: 1 }] });
  });

  for (const [what, event] of Object.entries({
    'has a toJSON that returns undefined': { toJSON: () => undefined },
    'is undefined': undefined,
    'is a function': () => 1,
    'is a symbol': Symbol('x'),
  }))
    it(`throws for an event that ${what}, instead of writing null`, () => {
      expect(() => jsonEncoder.encode(createBatch([anEvent(), event], 1))).to.throw(TypeError, 'Expected a value that has a JSON form');
    });
});
