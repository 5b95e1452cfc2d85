import { expect } from 'chai';
import { databaseError } from '../../lib/browser/database-error.js';
import { SinkError } from '../../lib/errors/sink-error.js';
import { throwing } from '../support/hostile.js';

describe('databaseError', () => {
  for (const [name, code] of [
    ['QuotaExceededError', 'SPOOL_FULL'],
    ['VersionError', 'SPOOL_FORMAT'],
    ['InvalidStateError', 'SPOOL_UNAVAILABLE'],
    ['constructor', 'SPOOL_UNAVAILABLE'],
  ] as const)
    it(`has the code ${code} for ${name}`, () => {
      const cause = new DOMException('no', name);
      const error = databaseError(cause, 'The batch could not be stored');
      expect(error).to.be.instanceOf(SinkError);
      expect(error).to.include({ kind: 'write_failed', code, message: `The batch could not be stored: ${name} (no)`, cause });
    });

  it('has the kind that the caller passes', () => {
    expect(databaseError(new Error('no'), 'Context', 'unavailable').kind).to.equal('unavailable');
  });

  it('returns a SinkError unchanged', () => {
    const error = new SinkError('timeout', 'late');
    expect(databaseError(error, 'Context', 'unavailable')).to.equal(error);
  });

  it('is an error without details for a value without name and message', () => {
    // An aborted transaction has the error `null`.
    for (const value of [null, undefined, {}, 'text', throwing(new Error('no'))])
      expect(databaseError(value, 'Context')).to.include({ message: 'Context: Error', code: 'SPOOL_UNAVAILABLE' });
  });

  it('accepts a name and a message that are not texts', () => {
    const error = databaseError({ name: Symbol('name'), message: 5 }, 'Context');
    expect(error.code).to.equal('SPOOL_UNAVAILABLE');
    expect(error.message).to.match(/^Context: /);
  });
});
