import { expect } from 'chai';
import type { NatsMessage } from '../../lib/nats/nats-client.js';
import { faultError, NO_STREAM, NOT_AN_ACK, NOT_ENCODABLE, publishFault, refusal, TOO_LARGE } from '../../lib/nats/publish-fault.js';

const answer = (text: string, code?: number): NatsMessage => ({
  subject: 'inbox',
  data: new TextEncoder().encode(text),
  headers: code === undefined ? undefined : { code },
});

describe('publishFault', () => {
  it('is undefined for a message that is stored', () => {
    for (const text of ['{"stream":"S","seq":1}', '{"seq":1,"stream":"S","duplicate":true}', ' { "stream": "S" }'])
      expect(publishFault(answer(text))).to.equal(undefined);
  });

  it('reports that no stream has the subject', () => {
    expect(publishFault(answer('', 503))).to.equal(NO_STREAM);
  });

  it('reports that the answer is not an acknowledgement', () => {
    for (const message of [
      answer(''),
      answer('', 408),
      answer('+ACK'),
      answer('{}'),
      answer('{ "stream":""}'),
      answer('[]'),
      answer('null', 503),
    ])
      expect(publishFault(message)).to.equal(NOT_AN_ACK);
  });

  it('reports the error of the stream', () => {
    const text = '{"type":"io.nats","error":{"code":503,"err_code":10077,"description":"maximum messages exceeded"},"stream":"S"}';
    expect(publishFault(answer(text))).to.deep.equal({
      kind: 'unavailable',
      code: 'NATS_10077',
      message: 'The stream refused: maximum messages exceeded',
    });
  });
});

describe('refusal', () => {
  const cases: readonly (readonly [error: object, kind: string, code: string])[] = [
    [{ code: 500, err_code: 10_047 }, 'unavailable', 'NATS_10047'],
    [{ code: 408 }, 'unavailable', 'NATS_408'],
    [{ code: 429 }, 'unavailable', 'NATS_429'],
    [{ code: 400, err_code: 10_054 }, 'too_large', 'NATS_10054'],
    [{ code: 400, err_code: 10_097 }, 'too_large', 'NATS_10097'],
    [{ code: 400, err_code: 10_060 }, 'rejected', 'NATS_10060'],
    [{ code: 499 }, 'rejected', 'NATS_499'],
    [{ code: '400' }, 'unavailable', 'NATS_400'],
  ];
  for (const [error, kind, code] of cases) {
    it(`is ${kind} for ${JSON.stringify(error)}`, () => {
      expect(refusal({ ...error, description: 'no' })).to.include({ kind, code, message: 'The stream refused: no' });
    });
  }
});

describe('faultError', () => {
  it('names the events that failed, and refuses them permanently if another attempt cannot help', () => {
    expect(faultError(TOO_LARGE, ['a'])).to.deep.include({ kind: 'too_large', failed: ['a'], rejected: ['a'] });
    expect(faultError(NOT_ENCODABLE, ['a'])).to.deep.include({ kind: 'rejected', failed: ['a'], rejected: ['a'] });
    expect(faultError(NO_STREAM, ['a'])).to.deep.include({ kind: 'unavailable', failed: ['a'], rejected: undefined });
  });

  it('names none if the whole batch failed, and has the cause if there is one', () => {
    const cause = new Error('no');
    expect(faultError({ ...NOT_ENCODABLE, cause })).to.include({ code: 'NOT_ENCODABLE', failed: undefined, rejected: undefined, cause });
  });
});
