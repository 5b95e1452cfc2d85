import { copyFileSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { pragma } from '../../lib/node/event-schema.js';
import type { SqliteDatabase } from '../../lib/node/sqlite-database.js';
import { openStoreFile, StoreFile, useLog } from '../../lib/node/store-file.js';
import { thrownBy } from '../support/attempt.js';
import { anySqlite, readingBigInts } from '../support/sqlite-drivers.js';

describe('A store file', () => {
  let folder: string;
  let path: string;
  let openAny: (path: string) => SqliteDatabase;
  const opened: SqliteDatabase[] = [];

  before(function () {
    openAny = anySqlite(this);
  });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'store-file-'));
    path = join(folder, 'events.db');
  });

  afterEach(() => {
    for (const database of opened.splice(0)) database.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function keep(database: SqliteDatabase): SqliteDatabase {
    opened.push(database);
    return database;
  }

  const open = (fsync: 'never' | 'batch' = 'never', busyTimeoutMs = 1_234): SqliteDatabase =>
    keep(openStoreFile(path, fsync, busyTimeoutMs));
  const pragmas = (database: SqliteDatabase, ...names: readonly string[]): unknown[] => names.map((name) => pragma(database, name));

  /** The connection, and the statements that it executes. */
  function recorded(database: SqliteDatabase): { readonly executed: string[]; readonly recording: SqliteDatabase } {
    const executed: string[] = [];
    const exec = (sql: string): unknown => {
      executed.push(sql);
      return database.exec(sql);
    };
    return { executed, recording: { exec, prepare: (sql) => database.prepare(sql), close: () => database.close() } };
  }

  describe('that is opened', () => {
    it('has a limited log, the durability of `fsync`, and the timeout of the caller', () => {
      const names = ['journal_mode', 'journal_size_limit', 'synchronous', 'busy_timeout'];
      const [NORMAL, FULL] = [1, 2];
      expect(pragmas(open('never', 5), ...names)).to.deep.equal(['wal', 8_388_608, NORMAL, 5]);
      expect(pragmas(open('batch', 0), ...names)).to.deep.equal(['wal', 8_388_608, FULL, 0]);
    });

    it('may be empty before, or in memory', () => {
      writeFileSync(path, '');
      expect(open().prepare('SELECT * FROM events').all()).to.deep.equal([]);
      path = ':memory:';
      expect(open().prepare('SELECT * FROM events').all()).to.deep.equal([]);
      expect(existsSync(path)).to.equal(false);
    });

    it('is unchanged if a later version of the package has written it', () => {
      const later = openAny(path);
      openStoreFile(path, 'never', 0).close();
      later.exec('PRAGMA user_version = 99; PRAGMA journal_mode = DELETE');
      later.close();
      const bytes = readFileSync(path);
      expect(thrownBy(() => openStoreFile(path, 'never', 0))).to.include({ code: 'SCHEMA_TOO_NEW', retryable: false });
      expect(readFileSync(path).equals(bytes)).to.equal(true);
    });
  });

  describe('is present', () => {
    const isGone = (file: StoreFile): boolean => {
      try {
        file.checkPresence();
        return false;
      } catch (error) {
        expect(error).to.include({ kind: 'write_failed', code: 'DATABASE_GONE', retryable: false });
        return true;
      }
    };

    it('always, if it is in memory', () => {
      const file = new StoreFile(keep(openAny(':memory:')));
      expect([isGone(file), isGone(file), file.logBytes]).to.deep.equal([false, false, 0]);
    });

    it('until another file has its path, also one with its content', () => {
      const file = new StoreFile(open());
      expect(isGone(file)).to.equal(false);
      renameSync(path, `${path}.old`);
      expect(isGone(file)).to.equal(true);
      copyFileSync(`${path}.old`, path);
      expect(isGone(file)).to.equal(true);
    });

    it('again, when it is back with its log', () => {
      const file = new StoreFile(open());
      isGone(file);
      for (const name of [path, `${path}-wal`]) {
        renameSync(name, `${name}.old`);
        expect([isGone(file), isGone(file)], name).to.deep.equal([true, true]);
        renameSync(`${name}.old`, name);
        expect(isGone(file), name).to.equal(false);
      }
    });

    it('without a log, if the caller has switched it off or on', () => {
      const database = open();
      const file = new StoreFile(database);
      for (const mode of ['WAL', 'DELETE', 'WAL']) {
        database.exec(`PRAGMA journal_mode = ${mode}; CREATE TABLE IF NOT EXISTS more (a); INSERT INTO more VALUES (1)`);
        expect(isGone(file), mode).to.equal(false);
        expect(existsSync(`${path}-wal`), mode).to.equal(mode === 'WAL');
      }
    });
  });

  describe('with a log', () => {
    it('is switched to it once', () => {
      const { executed, recording } = recorded(keep(openAny(path)));
      useLog(recording, true);
      useLog(recording, false);
      expect(executed).to.deep.equal(['PRAGMA journal_mode = WAL', 'PRAGMA synchronous = FULL', 'PRAGMA synchronous = NORMAL']);
    });

    it('knows its size, and writes it back', () => {
      const database = open();
      const file = new StoreFile(database);
      database.exec('CREATE TABLE more (a)');
      expect(file.logBytes).to.be.greaterThan(0);
      file.checkpoint();
      expect(file.logBytes).to.equal(0);
    });

    it('writes it back only above the limit, unless it is asked to', () => {
      const { executed, recording } = recorded(keep(openAny(path)));
      recording.exec('CREATE TABLE more (a)');
      const file = new StoreFile(recording);
      writeFileSync(`${path}-wal`, '');
      for (const bytes of [8_388_608, 8_388_609]) {
        executed.length = 0;
        truncateSync(`${path}-wal`, bytes);
        file.limitLog();
        expect(
          executed.some((sql) => sql.includes('wal_checkpoint')),
          String(bytes),
        ).to.equal(bytes === 8_388_609);
      }
    });

    it('does not wait for readers, and then waits as long as before', () => {
      const database = open();
      for (const connection of [database, readingBigInts(database)]) {
        const waits: unknown[] = [];
        const file = new StoreFile({
          ...recorded(connection).recording,
          exec: (sql) => {
            if (sql.includes('wal_checkpoint')) waits.push(pragma(database, 'busy_timeout'));
            return connection.exec(sql);
          },
        });
        file.checkpoint();
        expect([...waits, pragma(database, 'busy_timeout')].map(Number)).to.deep.equal([0, 1_234]);
      }
    });

    it('waits as long as before after a failure', () => {
      const database = open();
      const file = new StoreFile(database);
      database.exec('BEGIN IMMEDIATE; CREATE TABLE more (a)');
      expect(() => file.checkpoint()).to.throw(/locked/);
      expect(pragma(database, 'busy_timeout')).to.equal(1_234);
    });
  });
});
