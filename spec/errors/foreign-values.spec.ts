import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { isConfigError } from '../../lib/errors/config-error.js';
import { isSinkError, toSinkError } from '../../lib/errors/sink-error.js';

/** Throws whatever is done with it. */
const hostile = new Proxy(
  {},
  new Proxy({}, { get: () => () => { throw new Error('hostile'); } }), // prettier-ignore
);

describe('toSinkError', () => {
  it('takes the message of texts, objects and errors of another realm', () => {
    const foreign: unknown = runInNewContext("new TypeError('from elsewhere')");
    expect(foreign).not.to.be.instanceOf(Error);
    const messages = ['plain text', { message: 'an object' }, foreign, new Error('an error')].map((value) => toSinkError(value).message);
    expect(messages).to.deep.equal(['plain text', 'an object', 'from elsewhere', 'an error']);
  });

  it('accepts values without a message, and hostile ones', () => {
    for (const value of [undefined, null, 7, '', { message: 7 }, hostile])
      expect(toSinkError(value)).to.include({ kind: 'write_failed', message: 'The sink failed with an error without a message' });
  });
});

describe('isConfigError and isSinkError', () => {
  it('are false for hostile objects', () => {
    expect([isConfigError(hostile), isSinkError(hostile)]).to.deep.equal([false, false]);
  });
});
