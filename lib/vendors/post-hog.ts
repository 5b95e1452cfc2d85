import type { ResponseParser } from '../http/parsed-error.js';
import { aFunction, aNonEmptyString, anything, secret } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { objectOf, refusal } from './answers.js';
import { endpoint } from './endpoint.js';
import { isoTime, itemsEncoder, propertiesOf, stampField } from './items.js';
import { uuidOf } from './uuid-of.js';
import { fromMetadata, type UserOf } from './user-ids.js';
import type { VendorPreset } from './vendor-preset.js';

export interface PostHogOptions {
  /** The project's key: `'phc_…'`. */
  readonly apiKey: string;
  /** The origin of PostHog, such as `'https://eu.i.posthog.com'`. @default 'https://us.i.posthog.com' */
  readonly url?: string | URL | undefined;
  /** The user that an event is about. @default `userId` and `anonymousId` of its metadata */
  readonly user?: UserOf | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<PostHogOptions>(() => ({
  apiKey: secret(aNonEmptyString),
  url: [secret(anything), 'https://us.i.posthog.com'],
  user: [aFunction, fromMetadata],
}));

/**
 * Options of `httpSink` for PostHog: one `/batch/` request a batch.
 *
 * The type of an event is its name, its id its `uuid`, so that PostHog ignores one that it has already. `distinct_id` is the user's id, else the
 * visitor's, else the session's; events without a user are anonymous (`$process_person_profile: false`).
 *
 * | answer | the events |
 * |---|---|
 * | 200 | delivered; `rejected` if `quota_limited` says that they were dropped |
 * | 429, 5xx, none | sent again |
 * | 413 | `too_large`: in halves |
 * | 400 | `rejected`: in halves, until the event to blame is alone |
 * | 401, others | `rejected` |
 *
 * Source: PostHog, "Capture and batch API endpoints", as of November 2026; limit of a request: 20 MB, of an event: 1 MB.
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
    encode: itemsEncoder(
      user,
      [`{"api_key":${JSON.stringify(apiKey)},"batch":[`, ',', ']}'],
      (item) => ({
        event: item.type,
        distinct_id: distinctId(item.userId ?? item.anonymousId),
        properties: {
          ...(item.userId === undefined && { $process_person_profile: false }),
          $session_id: item.sessionId,
          $lib: 'rx-event-collector',
          ...propertiesOf(item),
        },
        timestamp: isoTime(item.timestamp),
        uuid: uuidOf(item),
      }),
      { maxBytes: 1_000_000, stamp: stampField('sent_at') },
    ),
    maxBodyBytes: 19_000_000,
    parseResponse,
  };
}

const parseResponse: ResponseParser<unknown> = async (answer, { events }) => {
  if (answer.status !== 200) return undefined;
  const { quota_limited: limited } = await objectOf(answer);
  return Array.isArray(limited) && limited.length > 0 ? refusal('PostHog is over its quota', 'OVER_QUOTA', events) : undefined;
};

function distinctId(id: string | undefined): string {
  if (id === undefined) throw new TypeError('Expected an event with a user, a visitor or a session');
  return id;
}
