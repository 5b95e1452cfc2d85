import { expect } from 'chai';
import { SinkError } from '../../lib/errors/sink-error.js';
import { createBatch } from '../../lib/event/batch-of.js';
import type { HttpAnswer } from '../../lib/http/parsed-error.js';
import { ingestReport } from '../../lib/http/ingest-report.js';

describe('ingestReport', () => {
  const batch = createBatch(['a', 'b', 'c'], 1);
  const answer = (text: string): HttpAnswer => ({ status: 202, header: () => undefined, text: () => Promise.resolve(text) });

  it('names the invalid events', async () => {
    expect(await ingestReport(answer('{"accepted":3,"invalid":[]}'), batch)).to.deep.equal([]);
    expect(await ingestReport(answer('{"invalid":[{"index":2,"faults":[]},{"index":0,"faults":[]}]}'), batch)).to.deep.equal(['a', 'c']);
  });

  it('refuses the batch without naming events if not every invalid event is listed', async () => {
    const error = await ingestReport(answer('{"invalid":[{"index":0,"faults":[]}],"moreInvalid":2}'), batch);
    expect(error).to.be.instanceOf(SinkError).and.include({ kind: 'rejected', failed: undefined, rejected: undefined });
  });

  it('ignores other statuses', async () => {
    expect(await ingestReport({ ...answer('Busy'), status: 503 }, batch)).to.equal(undefined);
  });

  for (const text of [
    '',
    '<html>SECRET</html>',
    'null',
    '{}',
    '{"invalid":7}',
    '{"invalid":[7]}',
    '{"invalid":[{"index":3}]}',
    '{"invalid":[null]}',
  ])
    it(`counts nothing as delivered if the answer is ${text}`, async () => {
      const error = await ingestReport(answer(text), batch).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(TypeError).with.property('message', 'Expected the report of an ingest endpoint');
      expect(error).not.to.have.property('cause');
    });
});
