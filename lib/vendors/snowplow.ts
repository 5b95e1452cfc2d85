import { aFunction, aNonEmptyString, anything, isFunction, isNonEmptyString, secret } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { endpoint } from './endpoint.js';
import { itemsEncoder } from './items.js';
import type { UserOf } from './user-ids.js';
import { uuidOf } from './uuid-of.js';
import type { VendorPreset } from './vendor-preset.js';

export interface SnowplowOptions {
  /** The origin of the collector: `'https://collector.example.org'`. */
  readonly url: string | URL;
  /** The vendor of your schemas, `'org.example'`: an event's schema is `iglu:org.example/TYPE/jsonschema/1-0-0`; or a function that returns it. */
  readonly schema: string | ((type: string) => string);
  /** @default 'rx-event-collector' */
  readonly appId?: string | undefined;
  /** The user that an event is about. @default `userId` and `anonymousId` of its metadata */
  readonly user?: UserOf | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<SnowplowOptions, 'user'>(() => ({
  url: secret(anything),
  schema: {
    expected: 'a vendor or a function',
    accepts: (value) => isFunction(value) || isNonEmptyString(value),
  },
  appId: [aNonEmptyString, 'rx-event-collector'],
  user: [aFunction],
}));

/**
 * Options of `httpSink` for a Snowplow collector: one `tp2` request a batch, of self-describing events.
 *
 * The data of an event are those of its schema. Its id is the `eid` if it is a UUID. The user's id is `uid`, the visitor's `duid`, else the
 * session's, which is `sid`. `stm`, the time of sending, is that of the attempt: Snowplow corrects wrong clocks with it.
 * Category, priority, weight and metadata are not sent; put what your schema has into the data.
 *
 * | answer | the events |
 * |---|---|
 * | 200 | delivered; what doesn't fit its schema is a failed event of the pipeline |
 * | 408, 425, 429, 5xx, none | sent again |
 * | 413 | `too_large`: in halves |
 * | 400, 422 | `rejected`: in halves, until the event to blame is alone |
 * | 401, 403, 410, others | `rejected` |
 *
 * Source: Snowplow, "Example tracker HTTP request headers" and "Snowplow atomic event properties", `payload_data` 1-0-4, as of November 2026; the collector's default limit: 1 MB a request.
 *
 * @throws TypeError for an invalid or unknown option
 * @example
 * const sink = httpSink({ ...snowplow({ url: 'https://collector.example.org', schema: 'org.example' }) });
 * expect(sink.name).to.equal('snowplow');
 */
export function snowplow(options: SnowplowOptions): VendorPreset {
  const { url, schema, appId, user } = OPTIONS.parse(options);
  return {
    name: 'snowplow',
    url: endpoint(url, '/com.snowplowanalytics.snowplow/tp2'),
    encode: {
      ...itemsEncoder(
        user,
        (item) => ({
          stm: '',
          e: 'ue',
          eid: uuidOf(item),
          p: 'srv',
          tv: 'rx-event-collector',
          aid: appId,
          uid: item.userId,
          duid: item.anonymousId,
          sid: item.sessionId,
          dtm: String(item.timestamp),
          ue_pr: JSON.stringify({
            schema: 'iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0',
            data: {
              schema: typeof schema === 'string' ? `iglu:${schema}/${item.type}/jsonschema/1-0-0` : schema(item.type),
              data: item.data ?? {},
            },
          }),
        }),
        (data) => ({ schema: 'iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4', data }),
      ),
      // Each event begins with it. In a text it would have backslashes, and no field of an event is an object.
      stamp: (body, sentAt) => String(body).replaceAll('{"stm":""', `{"stm":"${String(sentAt)}"`),
    },
    maxBodyBytes: 900_000,
  };
}
