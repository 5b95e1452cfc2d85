import { expect } from 'chai';
import { inTransaction, migrate, pragma } from '../../lib/node/event-schema.js';
import { openEventStore, type SqliteDatabase } from '../../lib/node/index.js';
import { anEvent } from '../support/an-event.js';
import { describeWithSqlite } from '../support/sqlite-drivers.js';

describeWithSqlite('the schema of an event store', (open) => {
  let database: SqliteDatabase;

  beforeEach(() => {
    database = open(':memory:');
  });

  afterEach(() => {
    database.close();
  });

  const STEPS = ['CREATE TABLE one (a)', 'ALTER TABLE one ADD COLUMN b; CREATE TABLE two (a)', 'INSERT INTO two VALUES (1)'];

  it('is brought up to date from any version, each step once', () => {
    for (let known = 1; known <= STEPS.length; known += 1) {
      migrate(database, STEPS.slice(0, known));
      migrate(database, STEPS.slice(0, known));
      expect(pragma(database, 'user_version')).to.equal(known);
    }
    expect(database.prepare('SELECT a FROM two').all()).to.have.length(1);
  });

  it('is migrated by all necessary steps, or by none', () => {
    migrate(database, STEPS.slice(0, 1));
    expect(() => migrate(database, [...STEPS, 'no SQL'])).to.throw(/syntax error/);
    expect(pragma(database, 'user_version')).to.equal(1);
    migrate(database, STEPS);
    expect(database.prepare('SELECT a FROM two').all()).to.have.length(1);
  });

  it('is not touched where a later version of the package has made it', () => {
    migrate(database, STEPS);
    expect(() => migrate(database, STEPS.slice(0, 2)))
      .to.throw('The store has schema version 3')
      .that.includes({ kind: 'write_failed', code: 'SCHEMA_TOO_NEW', retryable: false });
  });

  it('is not created in a database of another application', () => {
    database.exec('CREATE TABLE theirs (a); PRAGMA user_version = 1');
    expect(() => openEventStore({ database }))
      .to.throw('belongs to another application')
      .that.includes({ code: 'FOREIGN_DATABASE', retryable: false });
    database.exec('PRAGMA user_version = 0; PRAGMA application_id = 7');
    expect(() => openEventStore({ database })).to.throw('belongs to another application');
    expect(database.prepare("SELECT name FROM sqlite_schema WHERE name = 'events'").all()).to.deep.equal([]);
  });

  it('changes nothing if it is up to date, so that a store can be opened for reading', () => {
    openEventStore({ database }).append([anEvent()]);
    database.exec('PRAGMA query_only = ON');
    expect(openEventStore({ database }).byTime()).to.have.length(1);
  });

  it('rolls back a failed transaction, and throws its error', () => {
    database.exec('CREATE TABLE t (a)');
    const failing = (): void =>
      inTransaction(database, () => {
        database.exec('INSERT INTO t VALUES (1)');
        throw new Error('in the middle');
      });
    expect(failing).to.throw('in the middle');
    expect(database.prepare('SELECT * FROM t').all()).to.deep.equal([]);
    const ending = (): void =>
      inTransaction(database, () => {
        database.exec('ROLLBACK');
        throw new Error('ended by itself');
      });
    expect(ending).to.throw('ended by itself');
  });
});
