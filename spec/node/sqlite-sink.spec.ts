import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, open as openFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { from, lastValueFrom, type ObservableInput } from 'rxjs';
import { toJson } from '../../lib/internal/json-value.js';
import { createBatch } from '../../lib/event/batch-of.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { EventCollector } from '../../lib/index.js';
import { openEventStore, sqliteSink, type EventStore, type SqliteDatabase } from '../../lib/node/index.js';
import type { EventSink } from '../../lib/sink/sink.js';
import { describeSinkContract } from '../../lib/testing/describe-sink-contract.js';
import { anEvent } from '../support/an-event.js';
import { thrownBy } from '../support/attempt.js';
import { expectBalanced } from '../support/books.js';
import { dataFile } from '../support/data.js';
import { HOSTILE_DATA, POLLUTING, throwing } from '../support/hostile.js';
import { anySqlite, describeWithSqlite } from '../support/sqlite-drivers.js';

describeWithSqlite('sqliteSink', (open) => {
  let folder: string;
  let path: string;
  const databases: SqliteDatabase[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sqlite-sink-'));
    path = join(folder, 'events.db');
  });

  afterEach(async () => {
    for (const database of databases.splice(0)) database.close();
    await rm(folder, { recursive: true, force: true });
  });

  function connection(): SqliteDatabase {
    const database = open(path);
    databases.push(database);
    database.exec('PRAGMA busy_timeout = 1; PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF');
    return database;
  }

  describeSinkContract('sqliteSink', {
    create: () => sqliteSink(openEventStore({ database: connection() })),
    failing: () => {
      const store = openEventStore({ database: connection() });
      store.close();
      return sqliteSink(store);
    },
    received: () =>
      openEventStore({ database: connection() })
        .byTime()
        .map(({ id }) => id),
  });

  it('stores a batch in one transaction, and no event twice', () => {
    const database = connection();
    const commits: string[] = [];
    const counting: SqliteDatabase = {
      prepare: (sql) => database.prepare(sql),
      close: () => undefined,
      exec: (sql) => {
        if (sql === 'COMMIT') commits.push(sql);
        return database.exec(sql);
      },
    };
    const store = openEventStore({ database: counting });
    const sink = sqliteSink(store);
    commits.length = 0;
    const events = Array.from({ length: 100 }, (_, index) => anEvent({ id: String(index) }));
    process(sink, events);
    expect(commits).to.have.length(1);
    process(sink, events);
    expect(store.stats()).to.include({ events: 100, duplicates: 100 });
  });

  it('stores the other events of a batch, and names those that cannot be stored', () => {
    const store = openEventStore({ database: connection() });
    const unfit = [
      anEvent({ id: 'no time', timestamp: NaN }),
      anEvent({ id: 'unreadable', data: throwing(new Error('not yours')) }),
      anEvent({ id: 'no weight', weight: Infinity }),
      anEvent({ id: 3 as never }),
      anEvent({ id: 'no type', type: undefined as never }),
      anEvent({ id: 'no session', sessionId: 5 as never }),
      Object.assign(anEvent({ id: 'gone' }), { toJSON: () => undefined }),
    ];
    const error = thrownBy(() => process(sqliteSink(store), [anEvent({ id: 'a' }), ...unfit, anEvent({ id: 'b' })]));
    expect(error).to.include({ kind: 'rejected', code: 'NOT_STORABLE', retryable: false, message: "7 of 9 events can't be stored" });
    expect(error.failed).to.deep.equal(unfit);
    expect(error.cause).to.be.instanceOf(TypeError);
    expect(ids(store)).to.deep.equal(['a', 'b']);
  });

  it('stores the others when SQLite itself refuses one', () => {
    const database = connection();
    const store = openEventStore({ database });
    database.exec("CREATE TRIGGER no_b BEFORE INSERT ON events WHEN NEW.id = 'b' BEGIN SELECT RAISE(FAIL, 'not b'); END");
    const events = ['a', 'b', 'c'].map((id) => anEvent({ id }));
    expect(thrownBy(() => process(sqliteSink(store), events)).failed).to.deep.equal([events[1]]);
    expect(ids(store)).to.deep.equal(['a', 'c']);
  });

  describe('keeps hostile content as it is', () => {
    const strings = [
      '\ud800',
      '\udfff',
      'a\0b',
      'a\0c',
      '"',
      '"\\ud800"',
      '',
      '__proto__',
      'constructor',
      "'; DROP TABLE events; --",
      '😀',
      'x'.repeat(1_000_000),
    ];

    it('in ids, types and sessions, which stay different', () => {
      const store = openEventStore({ database: connection() });
      const events = strings.map((text, index) => anEvent({ id: text, type: `t${text}`, sessionId: text, timestamp: index, data: text }));
      process(sqliteSink(store), events);
      const stored = events.map((event) => ({ ...event, data: String(event.data).replaceAll(/\p{Surrogate}/gu, '\ufffd') }));
      expect(store.byTime()).to.deep.equal(stored);
      for (const event of stored) {
        expect(store.byType(event.type)).to.deep.equal([event]);
        if (event.sessionId !== '') expect(store.bySession(event.sessionId!)).to.deep.equal([event]);
      }
      expect(new Set(store.countBy('type').map(({ key }) => key))).to.deep.equal(new Set(events.map(({ type }) => type)));
      expect(store.byTime({ after: events[3] })).to.deep.equal(stored.slice(4));
    });

    it('of the list of naughty strings', function () {
      const naughty = [...new Set(JSON.parse(readFileSync(dataFile(this, 'blns.json'), 'utf8')) as string[])].filter((text) => text !== '');
      const store = openEventStore({ database: connection() });
      const events = naughty.map((text, index) =>
        anEvent({ id: text, type: text, sessionId: text, timestamp: index, data: { [text]: text } }),
      );
      process(sqliteSink(store), events);
      expect(store.byTime()).to.deep.equal(events);
      for (const event of events) expect(store.byType(event.type)).to.deep.equal([event]);
      expect(store.percentiles([0.5])).to.deep.equal([]);
    });

    it('in data of every kind: as JSON has it, or not at all', () => {
      const store = openEventStore({ database: connection() });
      const events = HOSTILE_DATA.filter(({ isSlow }) => isSlow === undefined).map(({ name, make }, index) =>
        anEvent({ id: name, timestamp: index, data: make() }),
      );
      const kept = events.filter((event) => hasJson(event));
      const error = thrownBy(() => process(sqliteSink(store), events));
      expect(error.kind).to.equal('rejected');
      expect((error.failed as AnalyticsEvent[]).map(({ id }) => id)).to.deep.equal(
        events.filter((event) => !kept.includes(event)).map(({ id }) => id),
      );
      expect(store.byTime().map((event) => JSON.stringify(event))).to.deep.equal(kept.map(toJson));
    });

    it('and does not pollute prototypes', () => {
      const store = openEventStore({ database: connection() });
      process(sqliteSink(store), [anEvent({ type: '__proto__', data: JSON.parse(POLLUTING) as unknown })]);
      expect(store.countBy('type')).to.deep.equal([{ key: '__proto__', count: 1, weight: 1 }]);
      expect(Object.keys(store.byTime()[0]?.data as object)).to.deep.equal(['__proto__', 'constructor']);
      expect(({} as { polluted?: boolean }).polluted).to.equal(undefined);
    });
  });

  describe('when the database refuses', () => {
    it('reports a database locked by another writer as unavailable, and stores the batch afterwards', () => {
      const store = openEventStore({ database: connection() });
      const other = connection();
      other.exec('BEGIN IMMEDIATE');
      expect(thrownBy(() => process(sqliteSink(store), [anEvent()]))).to.include({
        kind: 'unavailable',
        code: 'SQLITE_BUSY',
        retryable: true,
      });
      other.exec('COMMIT');
      process(sqliteSink(store), [anEvent()]);
      expect(ids(store)).to.have.length(1);
    });

    it('reports a full database as unavailable, keeps nothing of the batch, and stores it once there is space', () => {
      const database = connection();
      const store = openEventStore({ database });
      const sink = sqliteSink(store);
      process(sink, [anEvent({ id: 'first' })]);
      database.exec('PRAGMA max_page_count = 20');
      const batch = Array.from({ length: 100 }, (_, index) => anEvent({ id: String(index), timestamp: 1, data: 'x'.repeat(2_000) }));
      expect(thrownBy(() => process(sink, batch))).to.include({ kind: 'unavailable', code: 'SQLITE_FULL', retryable: true });
      expect(ids(store)).to.deep.equal(['first']);
      database.exec('PRAGMA max_page_count = 1000000');
      process(sink, batch);
      expect(ids(store)).to.deep.equal(['first', ...batch.map(({ id }) => id)]);
      expect(check(database)).to.equal('ok');
    });

    it('reports a read-only database as a failed write, and can still read it', () => {
      const database = connection();
      const store = openEventStore({ database });
      process(sqliteSink(store), [anEvent()]);
      database.exec('PRAGMA query_only = ON');
      const again = openEventStore({ database });
      expect(thrownBy(() => process(sqliteSink(again), [anEvent({ id: 'b' })]))).to.include({
        kind: 'write_failed',
        code: 'SQLITE_READONLY',
        retryable: false,
      });
      expect(ids(again)).to.have.length(1);
    });

    it('reports a damaged database as a failed write', async () => {
      const database = connection();
      const store = openEventStore({ database });
      process(
        sqliteSink(store),
        Array.from({ length: 200 }, (_, index) => anEvent({ id: String(index), data: 'x'.repeat(200) })),
      );
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      const file = await openFile(path, 'r+');
      await file.write(Buffer.alloc(30_000, 0xff), 0, 30_000, 4_096);
      await file.close();
      const damaged = openEventStore({ database: connection() });
      const error = thrownBy(() => process(sqliteSink(damaged), [anEvent({ id: 'b' })]));
      expect(error).to.include({ kind: 'write_failed', code: 'SQLITE_CORRUPT', retryable: false });
    });

    it('reports flush_failed if it cannot be made durable', () => {
      const database = connection();
      const store = openEventStore({ database });
      store.close();
      return run(sqliteSink(store).flush?.()).then(
        () => expect.fail('it should fail'),
        (error: unknown) => expect(error).to.include({ code: 'STORE_CLOSED', retryable: false }),
      );
    });
  });

  it('refuses a batch permanently after close, and leaves the store open', async () => {
    const store = openEventStore({ database: connection() });
    const sink = sqliteSink(store, { name: 'archive' });
    expect(sink.name).to.equal('archive');
    process(sink, [anEvent()]);
    await run(sink.flush?.());
    await run(sink.close?.());
    expect(thrownBy(() => process(sink, [anEvent({ id: 'b' })]))).to.include({
      kind: 'write_failed',
      code: 'SINK_CLOSED',
      retryable: false,
    });
    expect(ids(store)).to.have.length(1);
  });

  it('contains exactly the events that the ledger counts as delivered', async () => {
    const store = openEventStore({ database: connection() });
    const collector = new EventCollector({ sinks: [sqliteSink(store)], config: { batch: { maxCount: 7 } } });
    for (let n = 0; n < 100; n += 1)
      collector.collect({ type: 'click', data: n % 10 === 0 ? throwing(new Error('not yours')) : BigInt(n) });
    await collector.shutdown();
    expect(expectBalanced(collector).sinks['sqlite']).to.include({ offered: 100, delivered: 90, failed: 10 });
    expect(store.stats().events).to.equal(90);
  });

  it('throws for invalid options', () => {
    for (const [store, got] of [
      [{ path: 'events.db' }, 'an object'],
      ['events.db', "`'events.db'` (string)"],
      [undefined, '`undefined`'],
      [connection(), 'an object'],
    ] as const)
      expect(() => sqliteSink(store as unknown as EventStore)).to.throw(
        TypeError,
        `Expected \`store\` to be an event store, as \`openEventStore({ path })\` returns it, got ${got}`,
      );
    expect(() => sqliteSink(openEventStore({ database: connection() }), { name: '' })).to.throw(TypeError, 'Expected `name`');
    expect(() => sqliteSink(openEventStore({ database: connection() }), 'store' as never)).to.throw(TypeError, 'Expected `options`');
  });
});

describe('sqliteSink in a file', function () {
  this.timeout(60_000);
  let folder: string;

  before(function () {
    anySqlite(this);
  });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sqlite-sink-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('continues when a full disk has free space again', async function () {
    const disk = join(folder, 'disk');
    await mkdir(disk);
    mountTmpfs(this, disk, '512k');
    try {
      const store = openEventStore({ path: join(disk, 'events.db') });
      const sink = sqliteSink(store);
      const batches = Array.from({ length: 20 }, (_, n) =>
        Array.from({ length: 20 }, (_, index) => anEvent({ id: `${String(n)}.${String(index)}`, data: 'x'.repeat(2_000) })),
      );
      const refused = batches.filter((events) => {
        try {
          process(sink, events);
          return false;
        } catch (error) {
          expect(error).to.include({ kind: 'unavailable', code: 'SQLITE_FULL', retryable: true });
          return true;
        }
      });
      expect(refused.length).to.be.greaterThan(0).and.below(20);
      expect(store.stats().events).to.equal((20 - refused.length) * 20);
      execFileSync('mount', ['-o', 'remount,size=8m', disk]);
      for (const events of refused) process(sink, events);
      expect(store.stats().events).to.equal(400);
      store.close();
    } finally {
      execFileSync('umount', [disk]);
    }
  });

  it('fails permanently in a folder without write permission', async function () {
    if (globalThis.process.getuid?.() === 0) {
      // Nothing is forbidden to the superuser, but a file system that is read-only.
      mountTmpfs(this, folder, '1m');
      try {
        execFileSync('mount', ['-o', 'remount,ro', folder]);
        expect(thrownBy(() => openEventStore({ path: join(folder, 'events.db') }))).to.include({ kind: 'write_failed', retryable: false });
        expect(thrownBy(() => openEventStore({ path: join(folder, 'deep', 'events.db') }))).to.include({
          kind: 'write_failed',

          retryable: false,
        });
      } finally {
        execFileSync('umount', [folder]);
      }
      return;
    }
    await chmod(folder, 0o500);
    expect(thrownBy(() => openEventStore({ path: join(folder, 'events.db') }))).to.include({ kind: 'write_failed', retryable: false });
    expect(thrownBy(() => openEventStore({ path: join(folder, 'deep', 'events.db') }))).to.include({
      kind: 'write_failed',
      code: 'EACCES',
      retryable: false,
    });
  });

  it('shares its store with other processes: each event once, and nothing lost', async () => {
    const path = join(folder, 'events.db');
    const program = join(import.meta.dirname, '../support/programs/store-writer.ts');
    const runs = ['0', '1', '2'].map((offset) =>
      promisify(execFile)(globalThis.process.execPath, ['--import', 'tsx', program, path, offset]),
    );
    for (const { stdout } of await Promise.all(runs))
      expect(JSON.parse(stdout)).to.deep.equal({ delivered: 1_000, failed: 0, dropped: 0, pending: 0 });
    const store = openEventStore({ path });
    // Their ids overlap: 0 to 999, 500 to 1,499, 1,000 to 1,999.
    expect(
      store
        .byTime()
        .map(({ id }) => Number(id))
        .sort((a, b) => a - b),
    ).to.deep.equal(Array.from({ length: 2_000 }, (_, index) => index));
    store.close();
  });
});

function process(sink: EventSink, events: readonly AnalyticsEvent[]): void {
  const answer = sink.process(createBatch(events, 1), { signal: new AbortController().signal, attempt: 1 });
  expect(answer).to.equal(undefined);
}

async function run(work: ObservableInput<unknown> | undefined): Promise<undefined> {
  if (work !== undefined) await lastValueFrom(from(work), { defaultValue: undefined });
}

function ids(store: EventStore): string[] {
  return store.byTime().map(({ id }) => id);
}

function hasJson(event: AnalyticsEvent): boolean {
  try {
    return toJson(event) !== '';
  } catch {
    return false;
  }
}

function check(database: SqliteDatabase): unknown {
  return Object.values(database.prepare('PRAGMA integrity_check').all()[0] as object)[0];
}

/** Where that is permitted; elsewhere the test is skipped. */
function mountTmpfs(context: Mocha.Context, folder: string, size: string): void {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    context.skip();
  }
}
