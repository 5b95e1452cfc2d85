import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loopInOrder } from './loop.mjs';

const { createBatch } = await import(`${process.env.LIBRARY}/index.js`);
const { openEventStore, sqliteSink } = await import(`${process.env.LIBRARY}/node.js`);

/** The SQLite sink alone, fed by the loop, into a file. */
export function sqlite(destination) {
  return fedByLoop(destination, (path) => {
    const store = openEventStore({ path });
    const sink = sqliteSink(store);
    const context = { signal: new AbortController().signal, attempt: 1 };
    let sequence = 0;
    return {
      write(events) {
        sequence += 1;
        sink.process(createBatch(events, sequence), context);
      },
      close: () => store.close(),
    };
  });
}

/** Hand-written inserts: the same rows, in the same transactions, into the same tables. */
export function bareInserts(destination) {
  return fedByLoop(destination, (path) => {
    openEventStore({ path }).close();
    const { DatabaseSync: Database } = process.getBuiltinModule('node:sqlite') ?? createRequire(import.meta.url)('@photostructure/sqlite');
    const database = new Database(path);
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    const insert = database.prepare(
      'INSERT INTO events (id, type, category, session, time, weight, event) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING',
    );
    return {
      write(events) {
        database.exec('BEGIN IMMEDIATE');
        for (const event of events) {
          const { id, type, category, sessionId, timestamp, weight } = event;
          insert.run(id, type, category, sessionId ?? null, timestamp, weight, JSON.stringify(event));
        }
        database.exec('COMMIT');
      },
      close: () => database.close(),
    };
  });
}

function fedByLoop(destination, open) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const path = join(folder, 'events.db');
  const { write, close: closeDatabase } = open(path);
  let written = 0;
  const { collect, close } = loopInOrder(async (count, events) => {
    write(events);
    written += count;
    await destination(count);
  });
  return {
    collect,
    async close() {
      await close();
      closeDatabase();
      const store = openEventStore({ path });
      const { events } = store.stats();
      store.close();
      rmSync(folder, { recursive: true });
      if (events !== written) throw new Error(`${String(written)} events were written, but the database has ${String(events)}`);
    },
  };
}
