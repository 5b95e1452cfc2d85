import { expect } from 'chai';
import { VirtualTimeScheduler } from 'rxjs';
import { openEventStore, type EventStore, type SqliteDatabase } from '../../lib/node/index.js';
import { anEvent } from '../support/an-event.js';
import { describeWithSqlite, readingBigInts } from '../support/sqlite-drivers.js';

describeWithSqlite('retention', (open) => {
  let database: SqliteDatabase;

  beforeEach(() => {
    database = open(':memory:');
  });

  afterEach(() => {
    database.close();
  });

  const idsOf = (store: EventStore): string[] => store.byTime().map(({ id }) => id);

  const clock = (now: number): VirtualTimeScheduler => {
    const scheduler = new VirtualTimeScheduler();
    scheduler.frame = now;
    return scheduler;
  };

  it('deletes events with each batch that have become too old', () => {
    const scheduler = clock(100);
    const store = openEventStore({ database, retention: { maxAgeMs: 50 }, scheduler });
    for (const now of [100, 149, 150, 190]) {
      scheduler.frame = now;
      store.append([anEvent({ id: String(now) })]);
    }
    expect(idsOf(store)).to.have.members(['149', '150', '190']);
    scheduler.frame = 235;
    store.append([]);
    expect(idsOf(store)).to.deep.equal(['190']);
  });

  it("deletes in the order of arrival, regardless of the events' timestamps", () => {
    const scheduler = clock(100);
    const store = openEventStore({ database, retention: { maxAgeMs: 50 }, scheduler });
    store.append(Array.from({ length: 6 }, (_, n) => anEvent({ id: `future ${String(n)}`, timestamp: 8.64e15 })));
    scheduler.frame = 200;
    store.append([anEvent({ id: 'past', timestamp: 0 }), anEvent({ id: 'now', timestamp: 200 })]);
    expect(idsOf(store)).to.deep.equal(['past', 'now']);
    store.append([anEvent({ id: 'future', timestamp: 8.64e15 })]);
    expect(store.retain({ maxBytes: 1 })).to.equal(3);
  });

  for (const [setting, connection] of Object.entries({ '': () => database, ', reading BigInts': () => readingBigInts(database) })) {
    it(`keeps the database below its bound, and the newest in it${setting}`, () => {
      const maxBytes = 400_000;
      const store = openEventStore({ database: connection(), retention: { maxBytes } });
      let most = 0;
      for (let batch = 0; batch < 100; batch += 1) {
        store.append(
          Array.from({ length: 20 }, (_, index) =>
            anEvent({ id: `${String(batch)}.${String(index)}`, timestamp: batch * 20 + index, data: 'x'.repeat(1_000) }),
          ),
        );
        most = Math.max(most, store.stats().bytes);
      }
      expect(most).to.be.below(1.2 * maxBytes);
      const kept = store.byTime().map(({ timestamp }) => timestamp);
      expect(kept.length).to.be.greaterThan(150);
      expect(kept).to.deep.equal(Array.from({ length: kept.length }, (_, index) => 2_000 - kept.length + index));
    });
  }

  it('deletes all events beyond the limits on request, and returns their number', () => {
    const scheduler = clock(0);
    const store = openEventStore({ database, scheduler });
    const events = Array.from({ length: 12_000 }, (_, timestamp) => anEvent({ id: String(timestamp), timestamp }));
    store.append(events.slice(0, 11_500));
    scheduler.frame = 1_000;
    store.append(events.slice(11_500));
    expect(store.retain({ maxAgeMs: 999 })).to.equal(11_500);
    expect(store.stats()).to.include({ events: 500, oldest: 11_500 });
    expect(store.retain({ maxBytes: 100_000 })).to.be.greaterThan(0);
    expect(store.stats().bytes).to.be.at.most(100_000);
    expect(store.stats().newest).to.equal(11_999);
    expect(store.retain({})).to.equal(0);
  });

  it('terminates if even an empty database is too large', () => {
    const store = openEventStore({ database });
    store.append([anEvent()]);
    expect(store.retain({ maxBytes: 1 })).to.equal(1);
    expect(store.stats().events).to.equal(0);
  });

  it('does not fail a batch that is stored', () => {
    const scheduler = clock(10);
    const store = openEventStore({ database, retention: { maxAgeMs: 0 }, scheduler });
    store.append([anEvent({ id: 'old' })]);
    scheduler.frame = 11;
    database.exec("CREATE TRIGGER keep BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'kept'); END");
    expect(store.append([anEvent({ id: 'new' })]).stored).to.equal(1);
    expect(store.stats().events).to.equal(2);
  });
});
