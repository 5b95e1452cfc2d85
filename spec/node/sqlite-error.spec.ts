import { expect } from 'chai';
import { SinkError } from '../../lib/errors/sink-error.js';
import { isErrorOfTheRow, sqliteError } from '../../lib/node/sqlite-error.js';

const errorWith = (fields: object, message = 'no'): Error => Object.assign(new Error(message), fields);

describe('sqliteError', () => {
  const cases: Readonly<Record<string, readonly [error: unknown, kind: string, code: string, retryable: boolean]>> = {
    "node:sqlite's code of a locked database": [errorWith({ code: 'ERR_SQLITE_ERROR', errcode: 5 }), 'unavailable', 'SQLITE_BUSY', true],
    'an extended code as its primary one': [errorWith({ errcode: 5 + 2 * 256 }), 'unavailable', 'SQLITE_BUSY', true],
    'a number that SQLite may add later': [errorWith({ errcode: 200 }), 'write_failed', 'SQLITE_200', true],
    "better-sqlite3's code of a full disk": [errorWith({ code: 'SQLITE_FULL' }), 'unavailable', 'SQLITE_FULL', true],
    "better-sqlite3's extended code": [errorWith({ code: 'SQLITE_IOERR_WRITE' }), 'unavailable', 'SQLITE_IOERR', true],
    'a read-only database': [errorWith({ code: 'SQLITE_READONLY_DBMOVED' }), 'write_failed', 'SQLITE_READONLY', false],
    'a file that is no database': [errorWith({ errcode: 26 }), 'write_failed', 'SQLITE_NOTADB', false],
    'a connection that node:sqlite has closed': [errorWith({ code: 'ERR_INVALID_STATE' }), 'write_failed', 'STORE_CLOSED', false],
    'a connection that better-sqlite3 has closed': [
      new TypeError('The database connection is not open'),
      'write_failed',
      'STORE_CLOSED',
      false,
    ],
    'a folder without permission': [errorWith({ code: 'EACCES' }), 'write_failed', 'EACCES', false],
    'an error without a code': [errorWith({}), 'write_failed', 'SINK_WRITE_FAILED', true],
    'a value that is no error': [{ code: 'SQLITE_BUSY' }, 'write_failed', 'SINK_WRITE_FAILED', true],
  };
  for (const [title, [error, kind, code, retryable]] of Object.entries(cases)) {
    it(`classifies ${title}`, () => {
      expect(sqliteError(error)).to.include({ kind, code, retryable, cause: error });
    });
  }

  it('keeps another kind than `write_failed`, and a SinkError', () => {
    expect(sqliteError(errorWith({ errcode: 10 }), 'flush_failed')).to.include({ kind: 'flush_failed', code: 'SQLITE_IOERR' });
    const error = new SinkError('rejected', 'no');
    expect(sqliteError(error)).to.equal(error);
  });

  it("has the error's message, or its own", () => {
    expect(sqliteError(errorWith({ errcode: 5 }, 'database is locked')).message).to.equal('database is locked');
    expect(sqliteError('odd').message).to.equal('The event store failed');
  });
});

describe('isErrorOfTheRow', () => {
  it('is true if SQLite or the driver refuses a value', () => {
    for (const error of [errorWith({ errcode: 18 }), errorWith({ code: 'SQLITE_CONSTRAINT_NOTNULL' }), new RangeError('too long')])
      expect(isErrorOfTheRow(error)).to.equal(true);
  });

  it('is false if no row could be written', () => {
    for (const error of [errorWith({ errcode: 13 }), Object.assign(new RangeError(), { code: 'SQLITE_BUSY' }), new Error('no'), 'odd'])
      expect(isErrorOfTheRow(error)).to.equal(false);
  });
});
