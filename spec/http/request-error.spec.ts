import { expect } from 'chai';
import { SinkError } from '../../lib/errors/sink-error.js';
import { asError, failAs } from '../../lib/http/request-error.js';

describe('asError', () => {
  it('has the given kind and code, and the cause', () => {
    const cause = new Error('x');
    expect(asError('timeout', 'OWN', 'Failed')(cause)).to.include({ kind: 'timeout', code: 'OWN', message: 'Failed', cause });
  });

  it("uses the system's code without one, also of a cause", () => {
    const codeOf = (thrown: unknown) => asError('unavailable', undefined, 'Failed')(thrown).code;
    expect(codeOf(Object.assign(new Error('x'), { code: 'ECONNRESET' }))).to.equal('ECONNRESET');
    expect(codeOf(new TypeError('fetch failed', { cause: { code: 'ENOTFOUND' } }))).to.equal('ENOTFOUND');
    expect([codeOf(new Error('x')), codeOf(undefined), codeOf({ code: 5 })]).to.deep.equal(new Array(3).fill('SINK_UNAVAILABLE'));
  });

  it('keeps a SinkError', () => {
    const error = new SinkError('rejected', 'No');
    expect(asError('unavailable', 'OWN', 'Failed')(error)).to.equal(error);
    expect(() => failAs('unavailable', 'OWN', 'Failed')(error)).to.throw(error);
  });
});
