import { columnsOf, type KeyColumn } from './event-keys.js';
import type { EventCount, EventGrouping } from './event-query.js';
import type { SqliteValue } from './sqlite-database.js';

/** A row of a grouped query: count, weight, and the values of its keys, `k0`, `k1`, …. */
export interface GroupRow {
  /** A BigInt if the connection is configured to return integers as BigInts. */
  readonly count: number | bigint;
  readonly weight: number;
}

/** The groups of a query: by one key, by a list of keys, or all events in one. */
export class Groups {
  /** The columns of the keys: `expression AS k0, …` */
  readonly columns: string;
  /** The names of these columns: `k0, …` */
  readonly names: string;
  /** The order of groups: intervals by time, within them the heaviest group first. */
  readonly order: string;
  readonly #keys: readonly KeyColumn[];
  readonly #isList: boolean;

  constructor(by: EventGrouping | undefined) {
    this.#keys = columnsOf(by);
    this.#isList = Array.isArray(by);
    const names = this.#keys.map((_, index) => `k${String(index)}`);
    const times = names.filter((_, index) => this.#keys[index]?.isTime);
    this.columns = this.#keys.map(({ sql }, index) => `${sql} AS k${String(index)}`).join(', ') || 'NULL AS k0';
    this.names = names.join(', ') || 'k0';
    this.order = [...times, 'weight DESC', this.names].join(', ');
  }

  read(row: GroupRow): EventCount {
    const values = this.#keys.map(({ read }, index) =>
      read((row as unknown as Readonly<Record<string, SqliteValue>>)[`k${String(index)}`] ?? null),
    );
    return { key: this.#isList ? values : values[0], count: Number(row.count), weight: row.weight };
  }
}
