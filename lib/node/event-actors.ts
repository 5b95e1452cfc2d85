import { anArray, anInteger, checkArgument, isNonEmptyString, oneOf, type Expectation } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { consistent } from '../sampling/consistent.js';
import { Groups, type GroupRow } from './event-groups.js';
import { anActorKey, aUnit, columnOf, someKeys, UNIT_MS, WEIGHT, type KeyColumn } from './event-keys.js';
import { conditionsOf, filterRows, where, type Attempt, type FilterKey } from './event-queries.js';
import type {
  ActorSampling,
  EventActorKey,
  EventActorOptions,
  EventCohort,
  EventDistinct,
  EventDistinctOptions,
  EventFilter,
  EventFunnelStep,
  EventRetentionOptions,
  EventTimeUnit,
} from './event-query.js';
import { keyOf } from './event-row.js';
import { Funnel } from './funnel.js';
import type { SqliteDatabase, SqliteValue } from './sqlite-database.js';

/** Queries that count actors: sessions, users, or other values that events have in common. */
export class EventActors {
  readonly #database: SqliteDatabase;
  readonly #attempt: Attempt;

  constructor(database: SqliteDatabase, attempt: Attempt) {
    this.#database = database;
    this.#attempt = attempt;
  }

  countDistinct(of: EventActorKey, options?: EventDistinctOptions): EventDistinct[] {
    checkArgument('of', of, anActorKey);
    const { by, sampling, ...filter } = DISTINCT.parse(options);
    const groups = new Groups(by);
    const found = this.#found(of, filter, sampling, groups.columns);
    // With consistent sampling, an actor is in the sample if its most probable event is: the event with the smallest weight.
    const text = `
      WITH found AS (${found.text}), actors AS (SELECT ${groups.names}, min(weight) AS weight FROM found GROUP BY ${groups.names}, actor),
        totals AS (SELECT ${groups.names}, count(*) AS count, total(weight) AS weight FROM actors GROUP BY ${groups.names})
      SELECT * FROM totals ORDER BY ${groups.order}`;
    return this.#all<GroupRow>(text, found.values).map((row) => groups.read(row));
  }

  funnel(steps: readonly string[], by: EventActorKey, withinMs: number, options?: EventActorOptions): EventFunnelStep[] {
    checkArgument('steps', steps, someTypes);
    checkArgument('by', by, anActorKey);
    checkArgument('withinMs', withinMs, aDuration);
    const { sampling, ...filter } = ACTORS.parse(options);
    const funnel = new Funnel(steps.map(keyOf), withinMs);
    const found = this.#found(by, filter, sampling, 'type, time, seq', steps);
    // Page by page in order of time, so that memory grows with the number of actors, not of events.
    const text = `SELECT * FROM (${found.text}) WHERE (time, seq) > (?, ?) ORDER BY time, seq LIMIT ${String(PAGE_ROWS)}`;
    let rows: StepRow[];
    let [time, seq] = [-Number.MAX_VALUE, 0];
    do {
      rows = this.#all<StepRow>(text, [...found.values, time, seq]);
      for (const row of rows) funnel.add(String(row.actor), row.type, row.time, row.weight);
      const last = rows.at(-1);
      if (last !== undefined) [time, seq] = [last.time, Number(last.seq)];
    } while (rows.length === PAGE_ROWS);
    return funnel.totals().map((total, index) => ({ type: steps[index] ?? '', ...total }));
  }

  retention(by: EventActorKey, unit: EventTimeUnit, options?: EventRetentionOptions): EventCohort[] {
    checkArgument('by', by, anActorKey);
    checkArgument('unit', unit, aUnit);
    const { periods, sampling, ...filter } = RETENTION.parse(options);
    const ms = UNIT_MS[unit];
    const found = this.#found(by, filter, sampling, `${columnOf(unit).sql} AS period`);
    // An actor is seen in both periods if the less probable of the two is in the sample: the one with the larger weight.
    const text = `
      WITH found AS (${found.text}), active AS (SELECT actor, period, min(weight) AS weight FROM found GROUP BY actor, period),
        dated AS (
          SELECT period, weight, first_value(period) OVER firsts AS start, first_value(weight) OVER firsts AS first_weight,
            max(period) OVER () AS newest
          FROM active WINDOW firsts AS (PARTITION BY actor ORDER BY period)
        )
      SELECT start, (period - start) / ${String(ms)} AS later, max(newest) AS newest, count(*) AS count, total(max(weight, first_weight)) AS weight
      FROM dated GROUP BY start, later HAVING later < ? ORDER BY start, later`;
    const cohorts = new Map<number, EventCohort & { readonly values: number[] }>();
    for (const row of this.#all<CohortRow>(text, [...found.values, periods])) {
      const key = Number(row.start);
      // The first row of a cohort belongs to its first period.
      const cohort = cohorts.get(key) ?? {
        key,
        count: Number(row.count),
        weight: row.weight,
        values: Array<number>(Math.min(periods, (Number(row.newest) - key) / ms + 1)).fill(0),
      };
      cohorts.set(key, cohort);
      cohort.values[Number(row.later)] = row.weight;
    }
    return [...cohorts.values()];
  }

  /** The statement that selects the events of actors, with weights as `sampling` allows. */
  #found(
    by: EventActorKey,
    filter: EventFilter,
    sampling: ActorSampling,
    columns: string,
    types: readonly string[] = [],
  ): { readonly text: string; readonly values: readonly SqliteValue[] } {
    const actor = columnOf(by);
    const { sql, values } = conditionsOf(filter);
    if (types.length > 0) {
      // The plus disables the index by type: reading in order of time needs the other index.
      sql.push(`+type IN (${types.map(() => '?').join(', ')})`);
      values.push(...types.map(keyOf));
    }
    sql.push(`${actor.sql} IS NOT NULL`);
    if (sampling === 'none') this.#refuseSampled(by, sql, values);
    if (sampling === 'consistent') this.#refuseInconsistent(by, actor, where(sql), values);
    const weight = sampling === 'consistent' || sampling === 'trusted' ? WEIGHT : '1.0';
    return { text: `SELECT ${columns}, ${actor.sql} AS actor, ${weight} AS weight FROM events ${where(sql)}`, values };
  }

  #refuseSampled(by: EventActorKey, conditions: readonly string[], values: readonly SqliteValue[]): void {
    const countOf = (sql: readonly string[]): number => {
      const [row] = this.#all<{ readonly count: number | bigint }>(`SELECT count(*) AS count FROM events ${where(sql)}`, values);
      return Number(row?.count ?? 0);
    };
    // The weight is tested first: the other conditions may parse JSON.
    const sampled = countOf(['weight <> 1', ...conditions]);
    if (sampled === 0) return;
    throw new TypeError(
      `Expected \`sampling\` to be set: ${String(sampled)} of ${String(countOf(conditions))} events have a weight other than 1, and only events that ` +
        `were sampled by '${by}' can be scaled. Pass 'consistent' or 'trusted' if they were, or 'ignored' to count the stored events only`,
    );
  }

  /** Consistent sampling can be checked: the hash of a key that was kept at a rate is below it. */
  #refuseInconsistent(by: EventActorKey, { read }: KeyColumn, conditions: string, values: readonly SqliteValue[]): void {
    const column = columnOf(by).sql;
    const rows = this.#all<{ readonly actor: SqliteValue; readonly weight: number }>(
      `SELECT ${column} AS actor, max(weight) AS weight FROM events ${conditions} GROUP BY actor HAVING max(weight) <> 1`,
      values,
    );
    const refused = rows.filter(({ actor, weight }) => !wouldKeep(read(actor), weight)).length;
    if (refused === 0) return;
    throw new TypeError(
      `Expected events that \`sampling.consistent\` kept by '${by}', got ${String(refused)} of ${String(rows.length)} sampled values that it would ` +
        "have dropped at their weight. Pass 'trusted' if another program sampled them, or the key was redacted or added later",
    );
  }

  #all<R>(text: string, values: readonly SqliteValue[]): R[] {
    return this.#attempt(() => this.#database.prepare(text).all(...values) as R[]);
  }
}

interface StepRow {
  readonly actor: SqliteValue;
  readonly type: string;
  readonly time: number;
  readonly seq: number | bigint;
  readonly weight: number;
}

interface CohortRow extends GroupRow {
  readonly start: number | bigint;
  readonly later: number | bigint;
  readonly newest: number | bigint;
}

const PAGE_ROWS = 5_000;
/** The tolerance for the weight of an event, which is 1 divided by the rate and rounded. */
const ROUNDING = 1 + 1e-9;

const NEVER_DRAWN = { now: () => 0, random: () => 1 };

function wouldKeep(actor: unknown, weight: number): boolean {
  if (weight < 1) return false;
  const rate = Math.min(1, ROUNDING / weight);
  return consistent<unknown>({ rate, key: () => actor }).start(NEVER_DRAWN)(undefined) !== 0;
}

const someTypes: Expectation = {
  expected: 'an array of non-empty strings',
  accepts: (value) => anArray.accepts(value) && (value as unknown[]).length > 0 && (value as unknown[]).every(isNonEmptyString),
};
const aDuration: Expectation = {
  expected: 'a number of milliseconds ≥ 0, or Infinity',
  accepts: (value) => typeof value === 'number' && value >= 0,
};

const actorRows = () => ({ ...filterRows, sampling: [oneOf(['none', 'consistent', 'trusted', 'ignored']), 'none'] }) as const;
const ACTORS = optionsOf<EventActorOptions, FilterKey>(actorRows);
const DISTINCT = optionsOf<EventDistinctOptions, FilterKey | 'by'>(() => ({ ...actorRows(), by: [someKeys] }));
const RETENTION = optionsOf<EventRetentionOptions, FilterKey>(() => ({ ...actorRows(), periods: [anInteger(1), 30] }));
