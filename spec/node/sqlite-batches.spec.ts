import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { lastValueFrom } from 'rxjs';
import type { RecoveredBatches, StoredBatch } from '../../lib/lane/lane-spool.js';
import type { SqliteDatabase } from '../../lib/node/index.js';
import { SqliteBatches, type SqliteBatchesOptions } from '../../lib/node/sqlite-batches.js';
import { thrownBy } from '../support/attempt.js';
import { anySqlite, describeWithSqlite, readingBigInts } from '../support/sqlite-drivers.js';
import { VirtualClock } from '../support/virtual-clock.js';

/** How often a session renews its lease, and checks those of others. */
const LEASE_MS = 15_000;
/** Above the largest process id that Linux assigns. */
const DEAD = 2 ** 22 + 1;

let clock: VirtualClock;
beforeEach(() => {
  clock = new VirtualClock();
});

/** A session that has begun its recovery, and the outcomes of that so far. */
interface Opened {
  readonly session: SqliteBatches;
  readonly emitted: readonly RecoveredBatches[];
  readonly errors: readonly unknown[];
}

async function open(place: string | SqliteDatabase, options: Partial<SqliteBatchesOptions> = {}): Promise<Opened> {
  const session = new SqliteBatches({ place, sink: 'http', isSynced: false, busyTimeoutMs: 0, scheduler: clock, ...options });
  const emitted: RecoveredBatches[] = [];
  const errors: unknown[] = [];
  session.recover().subscribe({ next: (each) => emitted.push(each), error: (error: unknown) => errors.push(error) });
  await Promise.resolve();
  return { session, emitted, errors };
}

const batch = (id: string, position = 0): StoredBatch => ({ id, position, json: `{"id":"${id}"}` });
const put = (session: SqliteBatches, ...batches: readonly StoredBatch[]): unknown => session.write({ put: batches, remove: [] });
const remove = (session: SqliteBatches, ...ids: readonly string[]): unknown => session.write({ put: [], remove: ids });
const read = (session: SqliteBatches, id: string): Promise<string | undefined> => lastValueFrom(session.read(id));

describeWithSqlite('SqliteBatches', (connect) => {
  let database: SqliteDatabase;

  beforeEach(() => {
    database = connect(':memory:');
  });

  afterEach(() => {
    database.close();
  });

  const stored = (): unknown[] =>
    (database.prepare('SELECT id FROM spool_batches ORDER BY id').all() as { id: string }[]).map(({ id }) => id);
  /** Makes the current owners look like processes that have ended. */
  const endAll = (): unknown => database.exec(`UPDATE spool_owners SET pid = ${String(DEAD)}`);
  /** Makes them look like processes on another host. */
  const moveAll = (): unknown => database.exec("UPDATE spool_owners SET host = 'elsewhere', boot = 'another', process_table = 'another'");

  it('does nothing before a microtask has passed, and nothing without a subscriber', async () => {
    const session = new SqliteBatches({ place: database, sink: 'http', isSynced: false, busyTimeoutMs: 0, scheduler: clock });
    const recovery = session.recover();
    await Promise.resolve();
    recovery.subscribe();
    expect(database.prepare('SELECT name FROM sqlite_schema').all()).to.deep.equal([]);
    await Promise.resolve();
    expect(stored()).to.deep.equal([]);
  });

  it('reads each batch until it is removed, and nothing once it is closed', async () => {
    const { session } = await open(database);
    put(session, batch('a'), batch('b'));
    session.write({ put: [{ ...batch('b'), json: '"second"' }], remove: ['a', 'b', 'unknown'] });
    expect([await read(session, 'a'), await read(session, 'b')]).to.deep.equal([undefined, '"second"']);
    session.close();
    expect(await read(session, 'b')).to.equal(undefined);
    expect(stored()).to.deep.equal(['b']);
  });

  it('keeps the batches of two sinks apart, also those with one id', async () => {
    const http = await open(database);
    const nats = await open(database, { sink: 'nats' });
    put(http.session, batch('a'));
    put(nats.session, { ...batch('a'), json: '"of nats"' });
    remove(http.session, 'a');
    expect(await read(nats.session, 'a')).to.equal('"of nats"');
    http.session.close();
    nats.session.close();
    expect((await open(database)).emitted).to.deep.equal([{ batches: [] }]);
  });

  it('orders the batches of several ended owners by position, and gives them new positions', async () => {
    const [first, second] = [await open(database), await open(database)];
    put(first.session, batch('a', 0), batch('c', 1.5));
    put(second.session, batch('b', 0), batch('d', 7));
    endAll();
    const { emitted } = await open(database);
    expect(emitted).to.deep.equal([{ batches: [batch('a', 0), batch('b', 1), batch('c', 2), batch('d', 3)] }]);
  });

  it('opens with a connection that reads whole numbers as BigInts', async () => {
    const { session } = await open(database);
    put(session, batch('a'));
    const integers = readingBigInts(database);
    const second = await open(integers);
    expect(second.errors).to.deep.equal([]);
    put(second.session, batch('b', 4));
    endAll();
    const third = await open(integers);
    expect([third.emitted, third.errors]).to.deep.equal([[{ batches: [batch('a', 0), batch('b', 1)] }], []]);
  });

  it('stores no batch of a change that fails, but removes those that it removes', async () => {
    const { session } = await open(database);
    put(session, batch('a'));
    database.exec("CREATE TRIGGER no_c BEFORE INSERT ON spool_batches WHEN NEW.id = 'c' BEGIN SELECT RAISE(FAIL, 'not c'); END");
    const error = thrownBy(() => session.write({ put: [batch('b'), batch('c')], remove: ['a'] }));
    expect(error).to.include({ kind: 'unavailable', code: 'SQLITE_CONSTRAINT' });
    expect(stored()).to.deep.equal([]);
  });

  for (const later of ['the next change', 'its end'] as const) {
    it(`repeats a failed removal with ${later}`, async () => {
      const { session } = await open(database);
      put(session, batch('a'), batch('b'));
      database.exec('PRAGMA query_only = ON');
      expect(thrownBy(() => remove(session, 'a'))).to.include({ kind: 'unavailable', code: 'SQLITE_READONLY' });
      database.exec('PRAGMA query_only = OFF');
      if (later === 'its end') session.close();
      else put(session, batch('c'));
      expect(stored()).to.deep.equal(later === 'its end' ? ['b'] : ['b', 'c']);
    });
  }

  it('leaves the batches to others after it has failed to open', async () => {
    const first = await open(database);
    put(first.session, batch('a'));
    first.session.close();
    let isFull = true;
    const failing: SqliteDatabase = {
      prepare: (sql) => database.prepare(sql),
      close: () => undefined,
      exec: (sql) => {
        if (isFull && sql === 'COMMIT') throw new Error('database or disk is full');
        return database.exec(sql);
      },
    };
    const { emitted, errors } = await open(failing);
    expect([emitted, errors.length]).to.deep.equal([[], 1]);
    isFull = false;
    clock.pass(LEASE_MS);
    expect(database.prepare('SELECT * FROM spool_owners').all()).to.deep.equal([]);
    expect((await open(database)).emitted).to.deep.equal([{ batches: [batch('a')] }]);
  });

  it('keeps the batches that it stores after an idle minute, although another host has removed it as an owner', async () => {
    const idle = await open(database);
    clock.pass(60_001);
    moveAll();
    const other = await open(database);
    put(idle.session, batch('a'));
    clock.pass(LEASE_MS);
    expect(other.emitted).to.deep.equal([{ batches: [] }]);
    expect(await read(idle.session, 'a')).to.equal('{"id":"a"}');
  });

  it('leaves a connection of the caller open', async () => {
    (await open(database)).session.close();
    expect(stored()).to.deep.equal([]);
    expect(database.prepare('SELECT * FROM spool_owners').all()).to.deep.equal([]);
  });
});

describe('SqliteBatches in a file', () => {
  let dir: string;
  let path: string;

  before(function () {
    anySqlite(this);
  });

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'sqlite-batches-'));
    path = join(dir, 'new', 'spool.db');
  });

  afterEach(() => {
    rmSync(dir, { recursive: true, force: true });
  });

  it('refuses changes once the file was deleted, and stores them in a new one within 15 s', async () => {
    const { session, emitted } = await open(path, { isSynced: true });
    put(session, batch('a'));
    rmSync(join(dir, 'new'), { recursive: true });
    for (let time = 0; time < 2; time += 1) {
      expect(thrownBy(() => session.write({ put: [batch('b')], remove: ['a'] }))).to.include({ code: 'DATABASE_GONE' });
    }
    expect([existsSync(path), await read(session, 'a')]).to.deep.equal([false, undefined]);
    clock.pass(LEASE_MS);
    expect(emitted).to.deep.equal([{ batches: [] }, { batches: [], isLost: true }]);
    put(session, batch('a'));
    remove(session, 'unknown');
    expect(await read(session, 'a')).to.equal('{"id":"a"}');
    session.close();
    expect((await open(path)).emitted).to.deep.equal([{ batches: [batch('a')] }]);
  });
});
