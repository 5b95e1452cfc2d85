import { expect } from 'chai';
import { createBatch } from '../../lib/event/batch-of.js';
import type { HttpAnswer } from '../../lib/http/parsed-error.js';
import { partialSuccess } from '../../lib/otlp/partial-success.js';

describe('partialSuccess', () => {
  const answer = (text: string, status = 200, type = 'application/json'): HttpAnswer => ({
    status,
    header: (name) => (name === 'content-type' ? type : undefined),
    text: () => Promise.resolve(text),
  });
  const refused = async (text: string, events = ['a', 'b', 'c']): Promise<unknown> =>
    (await partialSuccess(answer(text), createBatch(events, 1)))?.failed;

  it('fails as many events as the receiver refused', async () => {
    expect(await refused('{"partialSuccess":{"rejectedLogRecords":"2"}}')).to.deep.equal(['b', 'c']);
    expect(await refused('{"partialSuccess":{"rejectedLogRecords":1}}')).to.deep.equal(['c']);
    expect(await refused('{"partialSuccess":{"rejectedLogRecords":"3"}}')).to.deep.equal(['a', 'b', 'c']);
    expect(await refused('{"partialSuccess":{"rejectedLogRecords":"99"}}')).to.deep.equal(['a', 'b', 'c']);
  });

  it('refuses them finally, with the beginning of the message', async () => {
    const error = await partialSuccess(
      answer(JSON.stringify({ partialSuccess: { rejectedLogRecords: '1', errorMessage: 'x'.repeat(1_000) } })),
      createBatch(['a', 'b'], 1),
    );
    expect(error).to.deep.include({ kind: 'rejected', retryable: false, code: 'OTLP_PARTIAL_SUCCESS', failed: ['b'], rejected: ['b'] });
    expect(error?.message).to.equal(`The receiver refused 1 of 2 log records: ${'x'.repeat(500)}`);
  });

  const successes = [
    '',
    '{}',
    'OK',
    'null',
    '[]',
    '{"partialSuccess":null}',
    '{"partialSuccess":{}}',
    '{"partialSuccess":7}',
    '{"partialSuccess":{"rejectedLogRecords":"0","errorMessage":"a warning"}}',
    '{"partialSuccess":{"rejectedLogRecords":-1}}',
    '{"partialSuccess":{"rejectedLogRecords":"many"}}',
    '{"partialSuccess":{"rejectedLogRecords":{}}}',
  ];
  for (const text of successes) {
    it(`is a full success for ${text === '' ? 'nothing' : text}`, async () => {
      expect(await refused(text)).to.equal(undefined);
    });
  }

  it('leaves other statuses to httpSink', async () => {
    expect(await partialSuccess(answer('{"partialSuccess":{"rejectedLogRecords":"1"}}', 503), createBatch(['a'], 1))).to.equal(undefined);
  });

  it('rejects for a web page, which is not from a receiver', async () => {
    const error: unknown = await partialSuccess(answer('<html>', 200, 'text/html; charset=utf-8'), createBatch(['a'], 1)).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.an.instanceOf(TypeError);
  });
});
