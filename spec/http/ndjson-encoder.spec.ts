import { expect } from 'chai';
import { createBatch } from '../../lib/event/batch-of.js';
import { ndjsonEncoder } from '../../lib/http/ndjson-encoder.js';
import { anEvent } from '../support/an-event.js';

describe('ndjsonEncoder', () => {
  it('writes one line for each event, even if it contains line breaks', () => {
    const events = [anEvent({ data: 'a\nb\u2028c\r' }), anEvent({ id: 'second' })];
    const lines = String(ndjsonEncoder.encode(createBatch(events, 1))).split('\n');
    expect(lines.pop()).to.equal('');
    expect(lines.map((line) => JSON.parse(line) as unknown)).to.deep.equal(events);
  });

  it('throws for an event without a JSON form', () => {
    expect(() => ndjsonEncoder.encode(createBatch([{ toJSON: () => undefined }], 1))).to.throw(TypeError);
  });
});
