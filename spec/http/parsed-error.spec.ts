import { expect } from 'chai';
import { SinkError } from '../../lib/errors/sink-error.js';
import { createBatch } from '../../lib/event/batch-of.js';
import { parsedError, type ResponseParser } from '../../lib/http/parsed-error.js';
import { anEvent } from '../support/an-event.js';

const [one, two] = [anEvent({ id: 'one' }), anEvent({ id: 'two' })];
const batch = createBatch([one, two], 1);
const parsed = (parse: ResponseParser<typeof one> | undefined, status = 200, text: () => Promise<string> = () => Promise.resolve('')) =>
  parsedError(parse, { status, header: () => undefined, text, discard: () => undefined }, batch);

describe('parsedError', () => {
  it('leaves the decision to the status without a parser, or if the parser reports nothing', async () => {
    for (const parse of [undefined, () => undefined, () => []])
      expect([await parsed(parse, 204), await parsed(parse, 500)]).to.deep.equal([undefined, {}]);
  });

  it('refuses the named events permanently, with any status', async () => {
    for (const status of [207, 503])
      for (const named of ['two', two])
        expect(await parsed(() => [named], status)).to.deep.include({
          kind: 'rejected',
          code: 'PARTLY_REJECTED',
          retryable: false,
          failed: [two],
          rejected: [two],
        });
  });

  it('refuses all events if the named ones are not in the batch', async () => {
    expect(await parsed(() => ['three'])).to.deep.include({ failed: [one, two] });
  });

  it('returns details about another status than 2xx, with events instead of ids', async () => {
    for (const rejected of [['two'], [two]])
      expect(await parsed(() => ({ rejected, retryAfterMs: 5 }), 429)).to.deep.equal({ rejected: [two], retryAfterMs: 5 });
    for (const details of [{ rejected: [] }, { retryAfterMs: 5 }]) expect(await parsed(() => details, 429)).to.deep.equal(details);
  });

  it('refuses the events that details about a 2xx name, and no others', async () => {
    expect(await parsed(() => ({ rejected: ['two'] }))).to.deep.include({ code: 'PARTLY_REJECTED', failed: [two], rejected: [two] });
    for (const details of [{}, { rejected: [] }, { retryAfterMs: 5 }]) expect(await parsed(() => details)).to.equal(undefined);
  });

  it('returns a SinkError of the parser, with events instead of ids', async () => {
    const plain = new SinkError('unavailable', 'Busy', { failed: [one] });
    expect(await parsed(() => plain)).to.equal(plain);
    const cause = new Error('cause');
    const named = new SinkError('unavailable', 'Busy', { code: 'X', retryAfterMs: 5, failed: ['one', 'two'], rejected: ['two'], cause });
    expect(await parsed(() => named)).to.deep.include({
      kind: 'unavailable',
      message: 'Busy',
      code: 'X',
      retryable: true,
      retryAfterMs: 5,
      failed: [one, two],
      rejected: [two],
      cause,
    });
  });

  it('fails for a 2xx that the parser cannot read, and leaves other answers to their status', async () => {
    const failing = (): never => {
      throw new Error('not JSON');
    };
    expect(await parsed(failing, 500)).to.deep.equal({});
    const error: unknown = await parsed(failing).catch((cause: unknown) => cause);
    expect(error).to.include({ kind: 'write_failed', code: 'PARSE_RESPONSE_FAILED' });
  });

  it('is unavailable if the text of a 2xx breaks off', async () => {
    const error: unknown = await parsed(
      async ({ text }) => [await text()],
      200,
      () => Promise.reject(new Error('reset')),
    ).catch((cause: unknown) => cause);
    expect(error).to.include({ kind: 'unavailable', code: 'ANSWER_BROKEN' });
  });
});
