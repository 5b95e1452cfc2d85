import type { AnalyticsEvent } from '../event/event.js';
import { rowOf, type EventRow } from './event-row.js';
import { inTransaction } from './event-schema.js';
import type { StoreAppendResult } from './event-store.js';
import type { SqliteDatabase, SqliteStatement } from './sqlite-database.js';
import { isErrorOfTheRow } from './sqlite-error.js';

const INSERT =
  'INSERT INTO events (id, type, category, session, time, weight, event, received_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING';

/** Inserts the events that can be stored, in one transaction. If that fails, inserts none and throws. */
export class EventInserts<E extends AnalyticsEvent> {
  readonly #database: SqliteDatabase;
  readonly #insert: SqliteStatement;

  constructor(database: SqliteDatabase) {
    this.#database = database;
    this.#insert = database.prepare(INSERT);
  }

  append(events: readonly E[], receivedAt: number): StoreAppendResult<E> {
    const failed: E[] = [];
    let cause: unknown;
    const fail = (event: E, error: unknown): void => {
      if (failed.push(event) === 1) cause = error;
    };
    // Before the transaction, because `toJSON` and getters run user code.
    const rows: (readonly [event: E, row: EventRow])[] = [];
    for (const event of events) {
      try {
        rows.push([event, rowOf(event)]);
      } catch (error) {
        fail(event, error);
      }
    }
    const stored = rows.length === 0 ? 0 : inTransaction(this.#database, () => this.#insertAll(rows, receivedAt, fail));
    return { stored, duplicates: events.length - failed.length - stored, failed, cause };
  }

  #insertAll(rows: readonly (readonly [event: E, row: EventRow])[], receivedAt: number, fail: (event: E, error: unknown) => void): number {
    let stored = 0;
    for (const [event, row] of rows) {
      try {
        stored += Number(this.#insert.run(...row, receivedAt).changes);
      } catch (error) {
        // An error of a row undoes its statement only.
        if (!isErrorOfTheRow(error)) throw error;
        fail(event, error);
      }
    }
    return stored;
  }
}
