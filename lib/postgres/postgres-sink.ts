import { EMPTY } from 'rxjs';
import { SinkError } from '../errors/sink-error.js';
import type { AnalyticsEvent } from '../event/event.js';
import { aFunction, aNonEmptyString } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import type { EventSink } from '../sink/sink.js';
import { connectionsOf, nothing, withConnection } from './attempt-connection.js';
import { aTableName, eventTableSql, insertSql } from './event-table.js';
import { insertEvents } from './insert-events.js';
import { aClient, type PostgresClient, type PostgresPool, type PostgresQuery } from './postgres-client.js';
import { sqlStateOf } from './postgres-error.js';

export interface PostgresSinkOptions {
  /** A `Pool` of `pg`, or a connected `Client`, which never reconnects. Either this or `query` is required. */
  readonly client?: PostgresClient | PostgresPool | undefined;
  /** Runs one statement, with any other driver. Either this or `client` is required. */
  readonly query?: PostgresQuery | undefined;
  /** `table` or `schema.table`; the name is quoted, hence case-sensitive. @default 'events' */
  readonly table?: string | undefined;
  /** Unique within a collector. @default 'postgres' */
  readonly name?: string | undefined;
}

export interface PostgresSink<E = AnalyticsEvent> extends EventSink<E> {
  /**
   * Creates the table by the SQL of `eventTableSql()` if it doesn't exist. Several processes may call it concurrently. The role needs the privilege
   * CREATE on the schema, even if the table exists.
   *
   * @returns rejects with a `SinkError`
   */
  createTable(): Promise<void>;
}

const OPTIONS = /* @__PURE__ */ optionsOf<PostgresSinkOptions, 'client' | 'query'>(() => ({
  client: [aClient],
  query: [aFunction],
  table: [aTableName, 'events'],
  name: [aNonEmptyString, 'postgres'],
}));

/**
 * Stores events in a table of PostgreSQL, each once, with one statement per batch: `insert … on conflict (id) do nothing`.
 *
 * ```
 * batch ─► jsonb array ─► insert … on conflict (id) do nothing ─► stored
 *                              └─ refused because of an event: halved until it is found ─► rejected, the others are stored
 * ```
 *
 * If a batch is sent again, because an answer was lost or its process died, no event is stored twice. PostgreSQL refuses U+0000 in a text, times
 * outside its range, and values that violate your constraints: such events fail alone, as `rejected`, and so do events that can't be read. Errors of
 * the connection, the server, the role or the table are `unavailable`: they are retried for `retry.maxElapsedMs`.
 *
 * PostgreSQL's protocol can't cancel a statement on its own connection. When an attempt is aborted, the sink sends no further statement and closes
 * the connection of a pool; the server may still complete the running statement, but the next attempt stores no event twice. With a `Client`, later
 * statements wait for the running one: set `query_timeout` of `pg`.
 *
 * `close` ends neither the pool nor the client: the code that opened it ends it. Until then the sink listens for the `error` events of idle connections,
 * which would end the process.
 *
 * @throws TypeError for an invalid or unknown option
 * @example
 * const rows: string[] = [];
 * const query = async (text: string, [json]: unknown[]) => rows.push(String(json)); // with pg: `client: new Pool()` instead
 * const collector = new EventCollector({ sinks: [postgresSink({ query, table: 'analytics.events' })] });
 * collector.track('feature_used', { feature: 'search' });
 * await collector.shutdown();
 * expect(JSON.parse(rows[0]!)[0].data).to.deep.equal({ feature: 'search' });
 */
export function postgresSink<E = AnalyticsEvent>(options: PostgresSinkOptions): PostgresSink<E> {
  const { table, name, client: given, query } = OPTIONS.parse(options);
  const client = given ?? (query && { query });
  if (client === undefined || (given && query)) throw new TypeError('Expected `options` to have either `client` or `query`');
  const connect = connectionsOf(client);
  const insert = insertSql(table);
  let isClosed = false;
  client.on?.('error', nothing);
  return {
    name,
    process({ events }, context) {
      if (isClosed) throw new SinkError('write_failed', 'The PostgreSQL sink is closed', { code: 'SINK_CLOSED', retryable: false });
      return withConnection(connect, context, (run) => insertEvents((json) => run(insert, [json]), events));
    },
    close() {
      isClosed = true;
      client.removeListener?.('error', nothing);
      return EMPTY;
    },
    createTable: () =>
      withConnection(connect, undefined, async (run) => {
        try {
          await run(eventTableSql(table), []);
        } catch (error) {
          if (!EXISTS_NOW.has(sqlStateOf(error))) throw error;
        }
      }),
  };
}

/** The errors of `create table if not exists` if another process creates the table at the same time: unique_violation in the catalog, duplicate_table. */
const EXISTS_NOW: ReadonlySet<string | undefined> = /* @__PURE__ */ new Set(['23505', '42P07', '42710']);
