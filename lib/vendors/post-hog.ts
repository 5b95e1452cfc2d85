import { SinkError } from '../errors/sink-error.js';
import type { ResponseParser } from '../http/parsed-error.js';
import { aFunction, aNonEmptyString, anything, secret } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { endpoint } from './endpoint.js';
import { limitedEncoder, propertiesOf, stampField, traitsOf } from './items.js';
import { uuidOf } from './uuid-of.js';
import type { UserOf } from './user-ids.js';
import type { VendorPreset } from './vendor-preset.js';

export interface PostHogOptions {
  /** The project's key: `'phc_…'`. */
  readonly apiKey: string;
  /** The origin of PostHog, such as `'https://eu.i.posthog.com'`. @default 'https://us.i.posthog.com' */
  readonly url?: string | URL | undefined;
  /** The user that an event is about. @default `userId` and `anonymousId` of its metadata */
  readonly user?: UserOf | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<PostHogOptions, 'user'>(() => ({
  apiKey: secret(aNonEmptyString),
  url: [secret(anything), 'https://us.i.posthog.com'],
  user: [aFunction],
}));

/**
 * Options of `httpSink` for PostHog: one `/batch/` request a batch.
 *
 * The type of an event is its name, its id its `uuid`, so that PostHog ignores one that it has already. `distinct_id` is the user's id, else the
 * visitor's, else the session's; events without a user are anonymous (`$process_person_profile: false`). A `user_identified` event is `$identify`, with its
 * traits in `$set` and the visitor in `$anon_distinct_id`.
 *
 * | answer | the events |
 * |---|---|
 * | 200 | delivered; `rejected` if `quota_limited` names `events`: PostHog has dropped them |
 * | 429, 5xx, none | sent again |
 * | 413 | `too_large`: in halves |
 * | 400 | `rejected`: in halves, until the event to blame is alone |
 * | 401, others | `rejected` |
 *
 * Source: PostHog, "Capture and batch API endpoints" and "Ingestion warnings", as of November 2026; limit of a request: 20 MB, of an event: 1 MB.
 *
 * @throws TypeError for an invalid or unknown option
 * @example
 * const sink = httpSink({ ...postHog({ apiKey: 'phc_1234', user: ({ data }) => ({ userId: (data as { user?: string }).user }) }) });
 * expect(sink.name).to.equal('posthog');
 */
export function postHog(options: PostHogOptions): VendorPreset {
  const { apiKey, url, user } = OPTIONS.parse(options);
  return {
    name: 'posthog',
    url: endpoint(url, '/batch/'),
    encode: {
      ...limitedEncoder(
        user,
        1_000_000,
        (item) => {
          const { userId, anonymousId } = item;
          const traits = traitsOf(item);
          return {
            event: traits ? '$identify' : item.type,
            distinct_id: userId ?? anonymousId,
            properties: {
              ...(userId === undefined && { $process_person_profile: false }),
              $session_id: item.sessionId,
              $lib: 'rx-event-collector',
              ...propertiesOf(item, traits && { $set: traits, $anon_distinct_id: anonymousId }),
            },
            timestamp: new Date(item.timestamp).toISOString(),
            uuid: uuidOf(item),
          };
        },
        `{"api_key":${JSON.stringify(apiKey)},"batch":[`,
        ']}',
      ),
      stamp: stampField('sent_at'),
    },
    maxBodyBytes: 19_000_000,
    parseResponse,
  };
}

const parseResponse: ResponseParser<unknown> = async (answer, { events }) =>
  /"quota_limited":[^\]]*"events"/.test(await answer.text())
    ? new SinkError('rejected', 'PostHog is over its quota', { code: 'OVER_QUOTA', rejected: events })
    : undefined;
