import { expect } from 'chai';
import { answerError } from '../../lib/http/answer-error.js';

describe('answerError', () => {
  const errorOf = (status: number, retryAfter?: string): ReturnType<typeof answerError> =>
    answerError({ status, header: (name) => (name === 'retry-after' ? retryAfter : undefined) }, () => 0);

  for (const status of [200, 201, 202, 204, 207, 299])
    it(`takes ${String(status)} for success`, () => {
      expect(errorOf(status)).to.equal(undefined);
    });

  for (const status of [408, 425, 429, 500, 501, 502, 503, 504, 599])
    it(`calls ${String(status)} unavailable, to be retried when it is told`, () => {
      const code = `HTTP_${String(status)}`;
      expect(errorOf(status)).to.include({ kind: 'unavailable', retryable: true, code, retryAfterMs: undefined });
      expect(errorOf(status, '2')).to.include({ retryAfterMs: 2_000 });
    });

  it('calls 413 too large', () => {
    expect(errorOf(413, '2')).to.include({ kind: 'too_large', retryable: false, code: 'HTTP_413', retryAfterMs: undefined });
  });

  for (const status of [400, 401, 403, 404, 409, 410, 415, 422, 431])
    it(`calls ${String(status)} rejected`, () => {
      expect(errorOf(status, '2')).to.include({ kind: 'rejected', retryable: false, message: `Answered ${String(status)}` });
    });

  for (const status of [0, 301, 302, 304, 307, 308])
    it(`says of ${String(status)} that redirects are not followed`, () => {
      const message = `Answered a redirect, which is not followed (${String(status)})`;
      expect(errorOf(status)).to.include({ kind: 'rejected', message });
    });
});
