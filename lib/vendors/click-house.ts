import { SinkError } from '../errors/sink-error.js';
import type { ResponseParser } from '../http/parsed-error.js';
import { aFunction, anything, aString, secret, type Expectation } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { endpointQuery } from './endpoint.js';
import { linesEncoder } from './items.js';
import type { UserOf } from './user-ids.js';
import type { VendorPreset } from './vendor-preset.js';

export interface ClickHouseOptions {
  /** The HTTP interface: `'http://localhost:8123'`. Settings may be in its query: `'?async_insert=1&wait_for_async_insert=1'`. */
  readonly url: string | URL;
  /** The table, with its database or without: `'shop.events'`. @default 'events' */
  readonly table?: string | undefined;
  /** The name to log in with. @default 'default' */
  readonly username?: string | undefined;
  /** @default none */
  readonly password?: string | undefined;
  /** The user that an event is about. @default `userId` and `anonymousId` of its metadata */
  readonly user?: UserOf | undefined;
}

const aTable: Expectation = {
  expected: "the name of a table, such as 'shop.events'",
  accepts: (value) => typeof value === 'string' && /^\w+(\.\w+)?$/.test(value),
};

const OPTIONS = /* @__PURE__ */ optionsOf<ClickHouseOptions, 'user'>(() => ({
  url: secret(anything),
  table: [aTable, 'events'],
  username: [aString, 'default'],
  password: [secret(aString), ''],
  user: [aFunction],
}));

/**
 * Options of `httpSink` for ClickHouse: one `INSERT … FORMAT JSONEachRow` a batch.
 *
 * Columns, of which a table may lack some: `id`, `type`, `category`, `priority`, `timestamp` (`DateTime64(3, 'UTC')`), `session_id`, `user_id`,
 * `anonymous_id`, `weight`, and as JSON texts `data` and `metadata`.
 *
 * A batch that is sent again has the same rows in the same order: a replicated table, or one with `non_replicated_deduplication_window`, ignores it.
 * So does `ReplacingMergeTree` with `id` as its last key, also for parts of batches.
 *
 * | answer | the events |
 * |---|---|
 * | 200 | delivered |
 * | an exception about a value (parsing, types, constraints) | `rejected`: in halves, until the event to blame is alone |
 * | 400 with another exception | `rejected`: in halves |
 * | 401, 403, 404 (no such table), others | `rejected` |
 * | other exceptions with 408, 429 or 5xx, none | sent again |
 * | 413 | `too_large`: in halves |
 *
 * Source: ClickHouse, "HTTP interface" and "Deduplicating inserts on retries", `exceptionCodeToHTTPStatus.cpp` and `ErrorCodes.cpp` of its sources, as of
 * November 2026. ClickHouse answers 500 to exceptions about values of some types, such as an unknown element of an enum.
 *
 * @throws TypeError for an invalid or unknown option
 * @example
 * const sink = httpSink({ ...clickHouse({ url: 'http://localhost:8123', table: 'shop.events' }), compress: 'gzip' });
 * expect(sink.name).to.equal('clickhouse');
 */
export function clickHouse(options: ClickHouseOptions): VendorPreset {
  const { url, table, username, password, user } = OPTIONS.parse(options);
  return {
    name: 'clickhouse',
    url: endpointQuery(url, `/?query=INSERT+INTO+${table}+FORMAT+JSONEachRow&input_format_skip_unknown_fields=1`),
    headers: { 'x-clickhouse-user': username, ...(password !== '' && { 'x-clickhouse-key': password }) },
    encode: linesEncoder(user, ({ timestamp, sessionId, userId, anonymousId, data, metadata, ...others }) =>
      JSON.stringify({
        ...others,
        timestamp: new Date(timestamp).toISOString().replace('T', ' ').slice(0, -1),
        session_id: sessionId,
        user_id: userId,
        anonymous_id: anonymousId,
        data: JSON.stringify(data),
        metadata: JSON.stringify(metadata),
      }),
    ),
    maxBodyBytes: 10_000_000,
    parseResponse,
  };
}

const parseResponse: ResponseParser<unknown> = async (answer) => {
  const [, code] = VALUES.exec(await answer.text()) ?? [];
  return code === undefined ? undefined : new SinkError('rejected', 'ClickHouse refuses a value', { code: `CLICKHOUSE_${code}` });
};

/** Exceptions about values: they can't be parsed, have another type, are out of bounds or violate a constraint. */
const VALUES = /^Code: (6|2[567]|38|41|53|69|7[02]|117|13[01]|321|349|376|407|441|46[79]|67[56]|691)\b/;
