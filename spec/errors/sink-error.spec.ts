import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { isSinkError, SinkError, toSinkError, type SinkErrorKind } from '../../lib/errors/sink-error.js';
import { forbidding } from '../support/hostile.js';

describe('SinkError', () => {
  const kinds: readonly (readonly [SinkErrorKind, code: string, retryable: boolean])[] = [
    ['unavailable', 'SINK_UNAVAILABLE', true],
    ['timeout', 'SINK_TIMEOUT', true],
    ['write_failed', 'SINK_WRITE_FAILED', true],
    ['flush_failed', 'SINK_FLUSH_FAILED', true],
    ['rejected', 'SINK_REJECTED', false],
    ['too_large', 'SINK_TOO_LARGE', false],
  ];
  for (const [kind, code, retryable] of kinds) {
    it(`has code ${code} and is ${retryable ? '' : 'not '}retryable by default, as ${kind}`, () => {
      expect(new SinkError(kind, 'no')).to.include({ name: 'SinkError', kind, code, retryable, retryAfterMs: undefined });
    });
  }

  it('has the options that were passed, and its cause', () => {
    const cause = new Error('quota');
    const options = { code: 'QUOTA', retryable: true, retryAfterMs: 0, failed: [1, 2], rejected: [] };
    const error = new SinkError('rejected', 'no', { ...options, cause });
    expect(error).to.include({ kind: 'rejected', message: 'no', ...options, cause });
  });

  it('has a cause of `undefined` only if one was passed', () => {
    expect(Object.hasOwn(new SinkError('timeout', 'late', { cause: undefined }), 'cause')).to.equal(true);
    expect(Object.hasOwn(new SinkError('timeout', 'late'), 'cause')).to.equal(false);
  });
});

describe('isSinkError', () => {
  it('is true for an error of another copy of the package', () => {
    expect(isSinkError({ [Symbol.for('rx-event-collector/SinkError@1')]: true })).to.equal(true);
  });

  it('is false for other errors that look like one, and for hostile objects', () => {
    const similar = { name: 'SinkError', kind: 'timeout', code: 'SINK_TIMEOUT', retryable: true };
    for (const value of [similar, new Error('late'), null, 'SinkError', forbidding()]) expect(isSinkError(value)).to.equal(false);
  });
});

describe('toSinkError', () => {
  it('returns a SinkError unchanged, regardless of the requested kind', () => {
    const error = new SinkError('rejected', 'no');
    expect(toSinkError(error, 'timeout')).to.equal(error);
  });

  it('converts other errors to `write_failed` or the given kind, with the error as cause', () => {
    const cause = new Error('broken pipe');
    expect(toSinkError(cause)).to.include({ kind: 'write_failed', message: 'broken pipe', cause });
    expect(toSinkError(cause, 'flush_failed')).to.include({ kind: 'flush_failed', code: 'SINK_FLUSH_FAILED' });
  });

  it('uses the message of texts, objects and errors of another realm', () => {
    const foreign: unknown = runInNewContext("new TypeError('from elsewhere')");
    expect(foreign).not.to.be.instanceOf(Error);
    const messages = ['plain text', { message: 'an object' }, foreign].map((value) => toSinkError(value).message);
    expect(messages).to.deep.equal(['plain text', 'an object', 'from elsewhere']);
  });

  it('accepts values without a message, and hostile ones', () => {
    for (const value of [undefined, null, 7, '', { message: 7 }, forbidding()])
      expect(toSinkError(value)).to.include({ kind: 'write_failed', message: 'The sink failed with an error without a message' });
  });

  for (const field of ['kind', 'retryable', 'retryAfterMs', 'failed', 'rejected']) {
    it(`replaces a SinkError whose \`${field}\` can't be read`, () => {
      const get = (): never => {
        throw new Error('hostile');
      };
      const error = Object.defineProperty(new SinkError('rejected', 'no'), field, { get });
      expect(toSinkError(error)).to.include({ kind: 'write_failed', message: 'no', retryable: true, cause: error });
    });
  }
});
