import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { VirtualTimeScheduler } from 'rxjs';
import { createBatch, createEvent, type EventBatch, type LaneSpool, type LaneStore, type SinkError } from '../../lib/index.js';
import { sqliteSpool, type SqliteDatabase, type SqliteSpoolOptions } from '../../lib/node/index.js';
import { openDatabase } from '../../lib/node/sqlite-database.js';
import { describeLaneStoreContract } from '../../lib/testing/index.js';
import { heldDatabase } from '../support/held-database.js';
import { anySqlite, describeWithSqlite } from '../support/sqlite-drivers.js';

const folders: string[] = [];
const folder = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'sqlite-spool-'));
  folders.push(dir);
  return dir;
};
/** The id of a process that has ended. */
const DEAD = spawnSync(process.execPath, ['--version']).pid;

/** What a killed process leaves: the same rows, and an owner that is not alive. */
function crashed(database: SqliteDatabase): string {
  const path = join(folder(), 'copy.db');
  database.exec(`VACUUM INTO '${path}'`);
  const copy = openDatabase(path);
  copy.exec(`UPDATE spool_owners SET pid = ${String(DEAD)}`);
  copy.close();
  return path;
}

const damage = (database: SqliteDatabase): void => {
  database.exec("UPDATE spool_batches SET batch = '{' WHERE position = 1");
};

function clear(): void {
  for (const dir of folders.splice(0)) rmSync(dir, { recursive: true, force: true });
}

describeWithSqlite('sqliteSpool', (open) => {
  const databases = new Map<LaneStore, SqliteDatabase>();
  const withDatabase = (store: LaneStore): SqliteDatabase => databases.get(store)!;
  describeLaneStoreContract('sqliteSpool with a connection', {
    create: () => {
      const database = open(':memory:');
      const store = sqliteSpool({ database });
      databases.set(store, database);
      return store;
    },
    crash: (store) => sqliteSpool({ path: crashed(withDatabase(store)) }),
    damage: (store) => {
      damage(withDatabase(store));
    },
    failing: () => {
      const database = open(':memory:');
      database.close();
      return sqliteSpool({ database });
    },
    teardown: () => {
      for (const database of databases.values()) database.close();
      databases.clear();
      clear();
    },
  });
});

describe('sqliteSpool', function () {
  before(function () {
    anySqlite(this);
  });

  const paths = new Map<LaneStore, string>();
  const at = (path: string, options: SqliteSpoolOptions = {}): LaneStore => {
    const store = sqliteSpool({ path, ...options });
    paths.set(store, path);
    return store;
  };
  const using = <R>(path: string, work: (database: SqliteDatabase) => R): R => {
    const database = openDatabase(path);
    try {
      return work(database);
    } finally {
      database.close();
    }
  };

  for (const durability of ['process', 'disk'] as const) {
    describeLaneStoreContract(`sqliteSpool with durability '${durability}'`, {
      create: () => at(join(folder(), 'new', 'spool.db'), { durability }),
      crash: (store) => at(using(paths.get(store)!, crashed), { durability }),
      damage: (store) => {
        using(paths.get(store)!, damage);
      },
      failing: () => {
        const path = join(folder(), 'file');
        writeFileSync(path, 'no database, and long enough to be read as one'.repeat(100));
        return at(path, { durability });
      },
      teardown: clear,
    });
  }

  describe('with several processes', () => {
    let path: string;
    let clock: VirtualTimeScheduler;
    const errors: unknown[] = [];
    const opened: LaneSpool<unknown>[] = [];

    beforeEach(() => {
      path = join(folder(), 'spool.db');
      clock = new VirtualTimeScheduler();
      errors.length = 0;
    });

    afterEach(() => {
      for (const spool of opened.splice(0)) spool.close();
      clear();
    });

    const batch = (n: number): EventBatch<unknown> => createBatch([createEvent({ type: 'counted', data: { n } })], n);

    /** What one process sees: the store is open when this returns. */
    async function life(options: SqliteSpoolOptions = {}): Promise<{ spool: LaneSpool<unknown>; recovered: number[] }> {
      const spool = sqliteSpool({ path, scheduler: clock, ...options }).open<unknown>('http', (error) => errors.push(error));
      const recovered: number[] = [];
      opened.push(spool);
      spool.recover((batches) => recovered.push(...batches.map(({ sequence }) => sequence)));
      await Promise.resolve();
      return { spool, recovered };
    }

    /** Lets time pass, and the timers of it. */
    const wait = (ms: number): void => {
      clock.maxFrames = clock.frame + ms;
      clock.schedule(() => undefined, ms);
      clock.flush();
    };

    const sql = (text: string): void => {
      using(path, (database) => database.exec(text));
    };

    it('leaves the batches of a living process alone', async () => {
      const first = await life();
      first.spool.put(batch(1));
      const second = await life();
      wait(60_000);
      expect(second.recovered).to.deep.equal([]);
      expect(errors).to.deep.equal([]);
    });

    it('takes over the batches of a process that ended meanwhile, after its own', async () => {
      const first = await life({ scheduler: new VirtualTimeScheduler() });
      first.spool.put(batch(1));
      first.spool.put(batch(2));
      const second = await life();
      second.spool.put(batch(3));
      sql(`UPDATE spool_owners SET pid = ${String(DEAD)} WHERE token = (SELECT owner FROM spool_batches ORDER BY rowid LIMIT 1)`);
      expect(second.recovered).to.deep.equal([]);
      wait(15_000);
      expect(second.recovered).to.deep.equal([1, 2]);
      second.spool.close();
      expect((await life()).recovered).to.deep.equal([3, 1, 2]);
      expect(errors).to.deep.equal([]);
    });

    it('immediately takes over the batches of a process that has closed its store', async () => {
      const first = await life();
      first.spool.put(batch(1));
      first.spool.close();
      expect((await life()).recovered).to.deep.equal([1]);
    });

    it('takes over from another host when its lease was not renewed for a minute', async () => {
      const first = await life({ scheduler: new VirtualTimeScheduler() });
      first.spool.put(batch(1));
      const second = await life();
      sql("UPDATE spool_owners SET host = 'elsewhere', boot = 'another' WHERE token IN (SELECT owner FROM spool_batches)");
      wait(60_000);
      expect(second.recovered).to.deep.equal([]);
      wait(15_000);
      expect(second.recovered).to.deep.equal([1]);
    });

    it('renews its lease as long as it has batches', async () => {
      const first = await life();
      first.spool.put(batch(1));
      const renewed = (): unknown => using(path, (database) => database.prepare('SELECT renewed_at FROM spool_owners').all());
      wait(14_999);
      expect(renewed()).to.deep.equal([{ renewed_at: 0 }]);
      wait(30_001);
      expect(renewed()).to.deep.equal([{ renewed_at: 45_000 }]);
    });

    it('has no timer when it is idle and alone', async () => {
      const { spool } = await life();
      expect(clock.actions).to.have.length(0);
      const each = batch(1);
      spool.put(each);
      expect(clock.actions).to.have.length(1);
      spool.replace(each, []);
      wait(15_000);
      expect(clock.actions).to.have.length(0);
    });

    it('reports a busy database, and does not return batches that were settled meanwhile', async () => {
      const { spool } = await life({ busyTimeoutMs: 0 });
      const [first, second] = [batch(1), batch(2)];
      spool.put(first);
      const other = openDatabase(path);
      other.exec('BEGIN IMMEDIATE');
      spool.replace(first, []);
      spool.put(second);
      expect(spool.isSafe(second, second.events[0])).to.equal(false);
      expect(errors.map((error) => (error as SinkError).code)).to.deep.equal(['SQLITE_BUSY', 'SQLITE_BUSY']);
      other.exec('COMMIT');
      other.close();
      spool.close();
      expect((await life()).recovered).to.deep.equal([]);
    });

    it('waits for a process that locks the file while it opens or closes it, regardless of `busyTimeoutMs`', async () => {
      using(path, (database) => database.exec('CREATE TABLE mine (a)'));
      const holder = await heldDatabase(path);
      const { spool } = await life({ busyTimeoutMs: 0 });
      const each = batch(1);
      spool.put(each);
      expect(spool.isSafe(each, each.events[0])).to.equal(true);
      expect(errors).to.deep.equal([]);
      await once(holder, 'exit');
    });

    it('refuses a database that another version uses', async () => {
      await life();
      sql('UPDATE spool_owners SET format = 2');
      const { spool, recovered } = await life();
      expect(recovered).to.deep.equal([]);
      expect(errors.map((error) => (error as SinkError).code)).to.deep.equal(['SPOOL_FORMAT']);
      const each = batch(1);
      spool.put(each);
      expect(spool.isSafe(each, each.events[0])).to.equal(false);
    });
  });

  it('refuses invalid options', () => {
    expect(() => sqliteSpool({} as never)).to.throw(TypeError, 'Expected `path` to be');
    expect(() => sqliteSpool({ database: {} } as never)).to.throw(TypeError, 'Expected `database` to be');
    expect(() => sqliteSpool({ path: 'x', durabilty: 'disk' } as never)).to.throw(TypeError, 'Did you mean `durability`?');
  });
});
