import { aFunction, aNonEmptyString, anything, secret } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { endpoint } from './endpoint.js';
import { fieldsOf, limitedEncoder, stampField, traitsOf } from './items.js';
import type { UserOf } from './user-ids.js';
import type { VendorPreset } from './vendor-preset.js';

export interface SegmentOptions {
  /** The source's key. */
  readonly writeKey: string;
  /** The origin of the API, such as `'https://events.eu1.segmentapis.com'`, or that of RudderStack or Jitsu. @default 'https://api.segment.io' */
  readonly url?: string | URL | undefined;
  /** The user that an event is about. @default `userId` and `anonymousId` of its metadata */
  readonly user?: UserOf | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<SegmentOptions, 'user'>(() => ({
  writeKey: secret(aNonEmptyString),
  url: [secret(anything), 'https://api.segment.io'],
  user: [aFunction],
}));

/**
 * Options of `httpSink` for Segment, and for what has its API (RudderStack, Jitsu): one `/v1/batch` request a batch.
 *
 * A `user_identified` event is an `identify` call with its traits, every other one a `track` call. The type of an event is its name, its data are the properties, its metadata is in `context`, and its id is the `messageId`, by which Segment
 * ignores an event that it has already. `sentAt` is that of the attempt: Segment corrects wrong clocks with it. A visitor without an id is known by
 * the session's.
 *
 * | answer | the events |
 * |---|---|
 * | 200 | delivered; Segment doesn't say which of them it refuses later |
 * | 429, 5xx, none | sent again |
 * | 413 | `too_large`: in halves |
 * | 400, also for a body that is too long | `rejected`: in halves, until the event to blame is alone |
 * | 401, others | `rejected` |
 *
 * An event above 32 kB is `too_large`, and is not sent. Source: Segment, "HTTP API source", as of November 2026; limits: 500 kB and 2,500 events a
 * request (Segment answers 200 to more of them, and ignores them), 32 kB an event, 100 characters an id.
 *
 * @throws TypeError for an invalid or unknown option
 * @example
 * const sink = httpSink({ ...segment({ writeKey: '1234', url: 'https://shop.dataplane.rudderstack.com' }) });
 * expect(sink.name).to.equal('segment');
 */
export function segment(options: SegmentOptions): VendorPreset {
  const { writeKey, url, user } = OPTIONS.parse(options);
  return {
    name: 'segment',
    url: endpoint(url, '/v1/batch'),
    headers: { authorization: `Basic ${btoa(`${writeKey}:`)}` },
    encode: {
      ...limitedEncoder(
        user,
        32_000,
        (item) => {
          const { id, type, timestamp, sessionId, userId, anonymousId, data, metadata, ...others } = item;
          const traits = traitsOf(item);
          return {
            ...(traits ? { type: 'identify', traits } : { type: 'track', event: type, properties: fieldsOf(data) }),
            messageId: id,
            timestamp: new Date(timestamp).toISOString(),
            userId,
            anonymousId,
            context: { ...metadata, library: { name: 'rx-event-collector' }, sessionId, ...others },
          };
        },
        `{"writeKey":${JSON.stringify(writeKey)},"batch":[`,
        ']}',
      ),
      stamp: stampField('sentAt'),
    },
    // Without `sentAt`.
    maxBodyBytes: 499_900,
    maxBodyEvents: 2_500,
  };
}
