import { expect } from 'chai';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { EventInserts } from '../../lib/node/event-inserts.js';
import { migrate } from '../../lib/node/event-schema.js';
import type { SqliteDatabase } from '../../lib/node/index.js';
import { anEvent } from '../support/an-event.js';
import { describeWithSqlite, readingBigInts } from '../support/sqlite-drivers.js';

describeWithSqlite('EventInserts', (open) => {
  let database: SqliteDatabase;
  let inserts: EventInserts<AnalyticsEvent>;

  beforeEach(() => {
    database = open(':memory:');
    migrate(database);
    inserts = new EventInserts(database);
  });

  afterEach(() => {
    database.close();
  });

  const stored = (): readonly unknown[] =>
    (database.prepare('SELECT id, received_at FROM events ORDER BY seq').all() as { id: string; received_at: number }[]).map(
      ({ id, received_at: receivedAt }) => [id, receivedAt],
    );
  const event = (id: string, patch: Partial<AnalyticsEvent> = {}): AnalyticsEvent => anEvent({ id, ...patch });
  const unfit = (id: string): AnalyticsEvent => event(id, { timestamp: NaN });
  /** The same database, whose driver is replaced for statements that contain the text. */
  const intercepted = (text: string, instead: () => unknown): SqliteDatabase => ({
    close: () => undefined,
    prepare: (sql) => database.prepare(sql),
    exec: (sql) => (sql.includes(text) ? instead() : database.exec(sql)),
  });

  it('stores the events in order, with the time of their arrival', () => {
    expect(inserts.append([event('b'), event('a')], 7.5)).to.deep.equal({ stored: 2, duplicates: 0, failed: [], cause: undefined });
    inserts.append([event('c')], 6);
    expect(stored()).to.deep.equal([
      ['b', 7.5],
      ['a', 7.5],
      ['c', 6],
    ]);
  });

  it('keeps the first of several events with one id, and its time', () => {
    inserts.append([event('a')], 1);
    expect(inserts.append([event('a'), event('b'), event('b')], 2)).to.include({ stored: 1, duplicates: 2 });
    expect(stored()).to.deep.equal([
      ['a', 1],
      ['b', 2],
    ]);
  });

  it('counts in numbers where the connection returns BigInts', () => {
    expect(new EventInserts(readingBigInts(database)).append([event('a'), event('a')], 0)).to.include({ stored: 1, duplicates: 1 });
  });

  it('returns the events that it cannot store, as they were passed, and the first error', () => {
    database.exec("CREATE TRIGGER no_b BEFORE INSERT ON events WHEN NEW.id = 'b' BEGIN SELECT RAISE(FAIL, 'not b'); END");
    const events = [event('a'), event('b'), unfit('c'), event('a'), undefined as never, event('d')];
    const { cause, ...result } = inserts.append(events, 0);
    expect(result).to.deep.equal({ stored: 2, duplicates: 1, failed: [events[2], events[4], events[1]] });
    expect(result.failed[2]).to.equal(events[1]);
    expect(cause).to.be.an.instanceOf(TypeError).with.property('message').that.contains('`timestamp`');
    expect(stored()).to.deep.equal([
      ['a', 0],
      ['d', 0],
    ]);
  });

  it('begins no transaction when there is nothing to store', () => {
    const own = new EventInserts(
      intercepted('BEGIN', () => {
        throw new Error('database is locked');
      }),
    );
    expect(own.append([], 0)).to.deep.equal({ stored: 0, duplicates: 0, failed: [], cause: undefined });
    const event = unfit('a');
    expect(own.append([event], 0)).to.deep.include({ stored: 0, duplicates: 0, failed: [event] });
  });

  it('runs `toJSON` of events before its transaction', () => {
    const seen: number[] = [];
    const nested = Object.assign(event('a'), {
      toJSON() {
        // Fails if a transaction has begun: they can't be nested.
        seen.push(new EventInserts(database).append([event('inner')], 1).stored);
        return event('a');
      },
    });
    expect(inserts.append([nested], 2)).to.include({ stored: 1, duplicates: 0 });
    expect([seen, stored().length]).to.deep.equal([[1], 2]);
  });

  it('stores none of a batch, and throws, if an error does not concern a single row', () => {
    database.exec('PRAGMA max_page_count = 20');
    const big = Array.from({ length: 40 }, (_, index) => event(String(index), { data: 'x'.repeat(4_096) }));
    expect(() => inserts.append(big, 0)).to.throw('database or disk is full');
    expect(stored()).to.deep.equal([]);
    expect(inserts.append([event('a')], 0)).to.include({ stored: 1 });
  });

  it('stores none of a batch, and throws, if the commit fails', () => {
    const own = new EventInserts(
      intercepted('COMMIT', () => {
        throw new Error('disk I/O error');
      }),
    );
    expect(() => own.append([event('a')], 0)).to.throw('disk I/O error');
    expect(stored()).to.deep.equal([]);
  });
});
