import { expect } from 'chai';
import { VirtualTimeScheduler } from 'rxjs';
import { openEventStore, type SqliteDatabase } from '../../lib/node/index.js';
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

  const clock = (now: number): VirtualTimeScheduler => {
    const scheduler = new VirtualTimeScheduler();
    scheduler.frame = now;
    return scheduler;
  };

  it('deletes with each batch what has become too old', () => {
    const scheduler = clock(100);
    const store = openEventStore({ database, retention: { maxAgeMs: 50 }, scheduler });
    store.append([10, 49, 50, 90].map((timestamp) => anEvent({ id: String(timestamp), timestamp })));
    expect(store.byTime().map(({ timestamp }) => timestamp)).to.deep.equal([50, 90]);
    scheduler.frame = 135;
    store.append([]);
    expect(store.byTime().map(({ timestamp }) => timestamp)).to.deep.equal([90]);
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

  it('deletes all that is too much when it is asked to, and says how many events that were', () => {
    const store = openEventStore({ database, scheduler: clock(20_000) });
    store.append(Array.from({ length: 12_000 }, (_, timestamp) => anEvent({ id: String(timestamp), timestamp })));
    expect(store.retain({ maxAgeMs: 20_000 - 11_500 })).to.equal(11_500);
    expect(store.stats()).to.include({ events: 500, oldest: 11_500 });
    expect(store.retain({ maxBytes: 100_000 })).to.be.greaterThan(0);
    expect(store.stats().bytes).to.be.at.most(100_000);
    expect(store.stats().newest).to.equal(11_999);
    expect(store.retain({})).to.equal(0);
  });

  it('comes to an end where even an empty database is too large', () => {
    const store = openEventStore({ database });
    store.append([anEvent()]);
    expect(store.retain({ maxBytes: 1 })).to.equal(1);
    expect(store.stats().events).to.equal(0);
  });

  it('does not make a batch fail that is stored', () => {
    const store = openEventStore({ database, retention: { maxAgeMs: 0 }, scheduler: clock(10) });
    database.exec("CREATE TRIGGER keep BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'kept'); END");
    expect(store.append([anEvent()]).stored).to.equal(1);
    expect(store.stats().events).to.equal(1);
  });
});
