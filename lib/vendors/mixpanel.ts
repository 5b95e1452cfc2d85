import type { ResponseParser } from '../http/parsed-error.js';
import { aFunction, aNonEmptyString, anything, secret } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { endpointQuery } from './endpoint.js';
import { limitedEncoder, propertiesOf } from './items.js';
import type { UserOf } from './user-ids.js';
import type { VendorPreset } from './vendor-preset.js';

export interface MixpanelOptions {
  /** The project's token. Set `headers` of `httpSink` for a service account. */
  readonly token: string;
  /** The origin of the API: `'https://api-eu.mixpanel.com'` for data that stays in the EU. @default 'https://api.mixpanel.com' */
  readonly url?: string | URL | undefined;
  /** The user that an event is about. @default `userId` and `anonymousId` of its metadata */
  readonly user?: UserOf | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<MixpanelOptions, 'user'>(() => ({
  token: secret(aNonEmptyString),
  url: [secret(anything), 'https://api.mixpanel.com'],
  user: [aFunction],
}));

/**
 * Options of `httpSink` for Mixpanel: one `/import?strict=1` request a batch.
 *
 * The id of an event is its `$insert_id`, by which Mixpanel ignores an event that it has already; it may have 36 letters, digits and hyphens.
 * `distinct_id` is the user's id, else the visitor's, else the session's. Mixpanel refuses ids such as `'anonymous'` and `'null'`, and events more than an
 * hour in the future. Traits of a `user_identified` event are properties of the event: profiles have an API of their own.
 *
 * | answer | the events |
 * |---|---|
 * | 200 | delivered |
 * | 400 with `failed_records` | these are `rejected`, the others delivered |
 * | 400 without, 401, others | `rejected` |
 * | 413 | `too_large`: in halves |
 * | 429, 5xx, none | sent again |
 *
 * Source: Mixpanel, "Import events" and the pages about its errors 400 and 413, as of November 2026; limits: 10 MB and 2,000 events a request, 1 MB an event.
 *
 * @throws TypeError for an invalid or unknown option
 * @example
 * const sink = httpSink({ ...mixpanel({ token: '1234', url: 'https://api-eu.mixpanel.com' }), compress: 'gzip' });
 * expect(sink.name).to.equal('mixpanel');
 */
export function mixpanel(options: MixpanelOptions): VendorPreset {
  const { token, url, user } = OPTIONS.parse(options);
  return {
    name: 'mixpanel',
    url: endpointQuery(url, '/import?strict=1'),
    headers: { authorization: `Basic ${btoa(`${token}:`)}` },
    encode: limitedEncoder(
      user,
      1_000_000,
      (item) => ({
        event: item.type,
        properties: {
          session_id: item.sessionId,
          ...propertiesOf(item),
          time: item.timestamp,
          distinct_id: item.userId ?? item.anonymousId,
          $insert_id: item.id,
          $user_id: item.userId,
          $device_id: item.anonymousId,
        },
      }),
      '[',
      ']',
    ),
    maxBodyBytes: 10_000_000,
    maxBodyEvents: 2_000,
    parseResponse,
  };
}

const parseResponse: ResponseParser<unknown> = async (answer, { events }) => {
  if (answer.status !== 400) return undefined;
  const { failed_records: records = [] } = JSON.parse(await answer.text()) as {
    readonly failed_records?: readonly { readonly index: unknown }[];
  };
  const named = events.filter((_, position) => records.some(({ index }) => index === position));
  return named.length > 0 ? named : { rejected: events };
};
