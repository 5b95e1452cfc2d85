import { expect } from 'chai';
import { answerError } from '../../lib/http/answer-error.js';
import type { AnswerDetails } from '../../lib/http/parsed-error.js';

describe('answerError', () => {
  const events = ['a', 'b'];
  const errorOf = (
    status: number,
    headers: Readonly<Record<string, string>> = {},
    retryStatuses?: readonly number[],
    details?: AnswerDetails,
  ) => answerError({ status, header: (name) => headers[name] ?? null }, events, () => 0, retryStatuses, details);

  for (const status of [200, 201, 202, 204, 207, 299])
    it(`accepts ${String(status)} as a success`, () => {
      expect(errorOf(status)).to.equal(undefined);
    });

  for (const status of [408, 425, 429, 500, 501, 502, 503, 504, 599])
    it(`maps ${String(status)} to unavailable, with the delay of Retry-After`, () => {
      const code = `HTTP_${String(status)}`;
      expect(errorOf(status)).to.include({ kind: 'unavailable', retryable: true, code, retryAfterMs: undefined });
      expect(errorOf(status, { 'retry-after': '2' })).to.include({ retryAfterMs: 2_000 });
    });

  it('reads a date in Retry-After against the Date of the answer', () => {
    const headers = { 'retry-after': 'Sun, 06 Nov 1994 08:49:37 GMT', date: 'Sun, 06 Nov 1994 08:49:34 GMT' };
    expect(errorOf(503, headers)).to.include({ retryAfterMs: 3_000 });
  });

  it('maps 413 to too large', () => {
    expect(errorOf(413, { 'retry-after': '2' })).to.include({
      kind: 'too_large',
      retryable: false,
      code: 'HTTP_413',
      retryAfterMs: undefined,
    });
  });

  for (const status of [400, 422])
    it(`rejects ${String(status)} without naming events`, () => {
      expect(errorOf(status)).to.include({
        kind: 'rejected',
        retryable: false,
        message: `Answered ${String(status)}`,
        rejected: undefined,
        failed: undefined,
      });
    });

  for (const status of [401, 403, 404, 409, 410, 415, 431])
    it(`rejects ${String(status)} for all events`, () => {
      expect(errorOf(status)).to.include({ kind: 'rejected', retryable: false, message: `Answered ${String(status)}`, rejected: events });
    });

  for (const status of [0, 301, 302, 304, 307, 308])
    it(`explains that the redirect ${String(status)} isn't followed`, () => {
      const message = `Answered a redirect, which is not followed (${String(status)})`;
      expect(errorOf(status)).to.include({ kind: 'rejected', message, rejected: events });
    });

  it('retries the given statuses instead of its own', () => {
    const retried = [404, 500, 503].filter((status) => errorOf(status, {}, [404, 503])?.retryable);
    expect(retried).to.deep.equal([404, 503]);
    expect(errorOf(500, {}, [404, 503])).to.include({ kind: 'rejected', message: 'Answered 500' });
  });

  for (const [status, kind] of [
    [400, 'rejected'],
    [401, 'rejected'],
    [413, 'too_large'],
    [503, 'unavailable'],
  ] as const)
    it(`completes the error of ${String(status)} by details, which take precedence`, () => {
      const details = { rejected: ['b'], retryAfterMs: 5 };
      const code = `HTTP_${String(status)}`;
      expect(errorOf(status, { 'retry-after': '2' }, undefined, details)).to.deep.include({ kind, code, failed: undefined, ...details });
    });
});
