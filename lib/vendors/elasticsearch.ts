import { SinkError } from '../errors/sink-error.js';
import type { ResponseParser } from '../http/parsed-error.js';
import { aFunction, anything, aString, secret, type Expectation } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { endpoint } from './endpoint.js';
import { linesEncoder } from './items.js';
import type { UserOf } from './user-ids.js';
import type { VendorPreset } from './vendor-preset.js';

export interface ElasticsearchOptions {
  /** The origin of the cluster: `'http://localhost:9200'`. */
  readonly url: string | URL;
  /** A data stream or an index: `'logs-shop-default'`. */
  readonly index: string;
  /** An encoded API key. Set `headers` of `httpSink` for another kind of login. @default none */
  readonly apiKey?: string | undefined;
  /** The user that an event is about. @default `userId` and `anonymousId` of its metadata */
  readonly user?: UserOf | undefined;
}

const anIndex: Expectation = {
  expected: 'the name of an index or a data stream',
  accepts: (value) => typeof value === 'string' && /^[^\\/*?"<>| ,#A-Z]+$/.test(value),
};

const OPTIONS = /* @__PURE__ */ optionsOf<ElasticsearchOptions, 'user'>(() => ({
  url: secret(anything),
  index: anIndex,
  apiKey: [secret(aString), ''],
  user: [aFunction],
}));

/**
 * Options of `httpSink` for Elasticsearch and OpenSearch: one `_bulk` request a batch, with a `create` for each event.
 *
 * The id of an event is its `_id`: an event that is there already (409) counts as delivered, so that no retry stores it twice. A document has
 * `@timestamp`, `user.id`, `user.anonymous_id`, `event.id`, `event.type`, `event.category`, `event.priority`, `event.weight`, `session.id`, `data` and `metadata`.
 *
 * | answer | the events |
 * |---|---|
 * | 200, item 2xx or 409 | delivered |
 * | 200, item 429 or 5xx | these are sent again |
 * | 200, other items | `rejected`, these only |
 * | 429, 5xx, none | sent again |
 * | 413 | `too_large`: in halves |
 * | 400 | `rejected`: in halves |
 * | 401, 403, others | `rejected` |
 *
 * Source: Elasticsearch 8 and 9, "Bulk API", as of November 2026. An `_id` may have 512 bytes.
 *
 * @throws TypeError for an invalid or unknown option
 * @example
 * const sink = httpSink({ ...elasticsearch({ url: 'http://localhost:9200', index: 'logs-shop-default' }) });
 * expect(sink.name).to.equal('elasticsearch');
 */
export function elasticsearch(options: ElasticsearchOptions): VendorPreset {
  const { url, index, apiKey, user } = OPTIONS.parse(options);
  return {
    name: 'elasticsearch',
    url: endpoint(url, `/${encodeURIComponent(index)}/_bulk`),
    headers: apiKey === '' ? {} : { authorization: `ApiKey ${apiKey}` },
    encode: linesEncoder(
      user,
      ({ timestamp, sessionId, userId, anonymousId, data, metadata, ...event }) =>
        `{"create":{"_id":${JSON.stringify(event.id)}}}\n${JSON.stringify({
          '@timestamp': new Date(timestamp).toISOString(),
          event,
          session: { id: sessionId },
          user: { id: userId, anonymous_id: anonymousId },
          data,
          metadata,
        })}`,
    ),
    maxBodyBytes: 10_000_000,
    parseResponse,
  };
}

const parseResponse: ResponseParser<unknown> = async (answer, { events }) => {
  if (answer.status !== 200) return undefined;
  const { items } = JSON.parse(await answer.text()) as { readonly items: readonly { readonly create: { readonly status: number } }[] };
  if (items.length !== events.length) throw new TypeError('Expected an item for each event');
  const withStatus = (pattern: RegExp): unknown[] => events.filter((_, position) => pattern.test(String(items[position]?.create.status)));
  // Without a status, an item isn't known to be delivered.
  const failed = withStatus(/^(?!2|409)/);
  const rejected = withStatus(/^(?!409|429)[34]/);
  return failed.length === rejected.length
    ? rejected
    : new SinkError('unavailable', 'Elasticsearch has not taken all events', { code: 'PARTLY_TAKEN', failed, rejected });
};
