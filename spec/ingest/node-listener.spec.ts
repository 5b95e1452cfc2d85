import { expect } from 'chai';
import { EventCollector, MemorySink } from '../../lib/index.js';
import { ingestHandler, nodeListener } from '../../lib/ingest/index.js';
import { expectBalanced } from '../support/books.js';
import { serve, type Served } from './served.js';

describe('nodeListener', () => {
  const open: Served[] = [];

  afterEach(() => Promise.all(open.splice(0).map((served) => served.close())));

  it('takes what a server is sent', async () => {
    const sink = new MemorySink();
    const collector = new EventCollector({ sinks: [sink] });
    const served = await serve(nodeListener(ingestHandler({ collector })));
    open.push(served);
    const response = await fetch(served.url, { method: 'POST', body: JSON.stringify([{ type: 'a', id: '1' }, { type: 7 }]) });
    expect(response.status).to.equal(202);
    expect(await response.json()).to.deep.equal({
      accepted: 1,
      filtered: 0,
      sampled: 0,
      dropped: 0,
      duplicates: 0,
      invalid: [{ index: 1, faults: [{ path: 'type', expected: 'non-empty string', got: 'a number' }] }],
    });
    await collector.shutdown();
    expectBalanced(collector);
    expect(sink.events.map(({ type }) => type)).to.deep.equal(['a']);
  });
});
