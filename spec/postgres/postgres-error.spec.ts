import { expect } from 'chai';
import { SinkError } from '../../lib/errors/sink-error.js';
import { isErrorOfEvents, postgresError, sqlStateOf } from '../../lib/postgres/postgres-error.js';
import { forbidding } from '../support/hostile.js';

const errorWith = (code: unknown, message = 'no'): Error => Object.assign(new Error(message), { code });

describe('postgresError', () => {
  const cases: readonly (readonly [code: string, kind: string, title: string])[] = [
    ['57014', 'timeout', 'a statement that was cancelled'],
    ['57P01', 'unavailable', 'a server that shuts down'],
    ['53300', 'unavailable', 'too many connections'],
    ['42P01', 'unavailable', 'a missing table, which a migration creates'],
    ['42601', 'write_failed', 'a statement that the server does not know'],
    ['0A000', 'write_failed', 'a feature that the server does not have'],
    ['XX001', 'write_failed', 'damaged data'],
    ['ECONNREFUSED', 'unavailable', 'a refused connection'],
  ];
  for (const [code, kind, title] of cases) {
    it(`is ${kind} for ${title}`, () => {
      const error = errorWith(code);
      expect(postgresError(error)).to.include({ kind, code, retryable: true, cause: error });
    });
  }

  it('contains advice if there is any, also for a whole class', () => {
    expect(postgresError(errorWith('42P01', 'relation "events" does not exist')).message).to.match(/^relation .* exist\. Create the table/);
    expect(postgresError(errorWith('28P01')).message).to.match(/^no\. Check the user/);
    expect(postgresError(errorWith('42P02')).message).to.equal('no');
  });

  it('is a connection error for anything without a PostgreSQL code', () => {
    for (const error of [errorWith('closed'), errorWith(42), new Error('no')])
      expect(postgresError(error)).to.include({ kind: 'unavailable', code: 'NO_CONNECTION', message: 'no' });
    for (const error of [undefined, 'odd', {}, forbidding(), new Error('')])
      expect(postgresError(error)).to.include({ kind: 'unavailable', code: 'NO_CONNECTION', message: 'No answer from PostgreSQL' });
  });

  it('returns a SinkError unchanged', () => {
    const error = new SinkError('rejected', 'no');
    expect(postgresError(error)).to.equal(error);
  });
});

describe('isErrorOfEvents', () => {
  it('is true if other events can still be stored', () => {
    for (const error of [...['22P05', '23505', '44000', '54000', 'P0001'].map((code) => errorWith(code)), new RangeError('too long')])
      expect(isErrorOfEvents(error)).to.equal(true);
  });

  it('is false for an error of the table, the server or the connection', () => {
    for (const error of [
      ...['42P01', '57014', 'XX000', 'ECONNRESET'].map((code) => errorWith(code)),
      new Error('no'),
      undefined,
      forbidding(),
    ])
      expect(isErrorOfEvents(error)).to.equal(false);
    expect(isErrorOfEvents(Object.assign(new RangeError('no'), { code: '53200' }))).to.equal(false);
  });
});

describe('sqlStateOf', () => {
  it('distinguishes a code of Node from one of PostgreSQL', () => {
    expect(['23505', 'P0001', 'HV000', 'EPIPE', '2350', '235050', '2350a'].map((code) => sqlStateOf(errorWith(code)))).to.deep.equal([
      ...['23505', 'P0001', 'HV000'],
      ...[undefined, undefined, undefined, undefined],
    ]);
  });
});
