import { expect } from 'chai';
import type { SqliteDatabase } from '../../lib/node/index.js';
import { ownIdentity } from '../../lib/node/process-identity.js';
import { SpoolOwner, type OwnerRow } from '../../lib/node/spool-owner.js';
import { describeWithSqlite, readingBigInts } from '../support/sqlite-drivers.js';

/** Above the largest process id that Linux assigns. */
const DEAD = 2 ** 22 + 1;
const ABANDONED_MS = 60_000;

describeWithSqlite('SpoolOwner', (open) => {
  let database: SqliteDatabase;
  let now: number;

  beforeEach(() => {
    now = 1_000;
    database = open(':memory:');
    database.exec(`CREATE TABLE spool_owners (token TEXT PRIMARY KEY, format INTEGER NOT NULL, sink TEXT NOT NULL, pid INTEGER NOT NULL,
      host TEXT NOT NULL, boot TEXT, process_table TEXT, started TEXT, renewed_at REAL NOT NULL)`);
  });

  afterEach(() => {
    database.close();
  });

  const create = (sink = 'http'): SpoolOwner => new SpoolOwner(sink, () => now);
  const tokens = (rows: readonly OwnerRow[]): readonly string[] => rows.map(({ token }) => token);

  it('sees the other owners of its sink, but not itself', () => {
    const [first, second, other] = [create(), create(), create('nats')];
    expect(first.enter(database, 1)).to.deep.equal([]);
    expect(tokens(second.enter(database, 1))).to.deep.equal([first.token]);
    expect(other.enter(database, 1)).to.deep.equal([]);
    expect(tokens(first.enter(database, 1))).to.deep.equal([second.token]);
  });

  it('registers the process, the format and the time, and renews that time', () => {
    const [first, second] = [create(), create()];
    const { pid, host, boot = null, table = null, startedAt = null } = ownIdentity();
    first.enter(database, 3);
    const row = { token: first.token, format: 3, pid, host, boot, process_table: table, started: startedAt, renewed_at: 1_000 };
    expect(second.enter(database, 1).map((each) => ({ ...each }))).to.deep.equal([row]);
    now = 2_000.5;
    first.enter(database, 3);
    expect(second.enter(database, 1).map((each) => ({ ...each }))).to.deep.equal([{ ...row, renewed_at: 2_000.5 }]);
  });

  it('reads numbers from a connection that returns BigInts', () => {
    const [first, second] = [create(), create()];
    first.enter(readingBigInts(database), 1);
    const [row] = second.enter(readingBigInts(database), 1);
    expect([row?.format, row?.pid]).to.deep.equal([1, process.pid]);
  });

  it('leaves without the others, and removes another', () => {
    const owners = [create(), create(), create()] as const;
    for (const owner of owners) owner.enter(database, 1);
    owners[0].leave(database);
    owners[2].remove(database, owners[1].token);
    owners[2].remove(database, 'unknown');
    expect(tokens(create().enter(database, 1))).to.deep.equal([owners[2].token]);
  });

  const { pid, host, boot = null, table = null, startedAt = null } = ownIdentity();
  const own: OwnerRow = { token: 'x', format: 1, pid, host, boot, process_table: table, started: startedAt, renewed_at: 1_000 };
  const elsewhere: OwnerRow = { ...own, host: 'another', boot: 'another' };
  const cases: readonly (readonly [title: string, row: OwnerRow, passedMs: number, isGone: boolean])[] = [
    ['a living process, however old its lease', own, 10 * ABANDONED_MS, false],
    ['a living process of this host whose machine start is not known', { ...own, boot: null }, 0, false],
    ['a dead process, however new its lease', { ...own, pid: DEAD }, 0, true],
    ['a process on another host with a lease of a minute', elsewhere, ABANDONED_MS, false],
    ['a process on another host with an older lease', elsewhere, ABANDONED_MS + 1, true],
    ['a process on another host whose clock is ahead', elsewhere, -ABANDONED_MS, false],
  ];
  for (const [title, row, passedMs, isGone] of cases) {
    it(`counts as ${isGone ? 'ended' : 'running'}: ${title}`, () => {
      now = row.renewed_at + passedMs;
      expect(create().isGone(row)).to.equal(isGone);
    });
  }
});
