import { aFunction, aNonEmptyString, anything, secret } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { isObject } from '../internal/check-option.js';
import { endpointQuery } from './endpoint.js';
import { itemOf, type Item } from './items.js';
import type { UserOf } from './user-ids.js';
import type { VendorPreset } from './vendor-preset.js';

export interface Ga4Options {
  /** The id of the web stream: `'G-…'`. */
  readonly measurementId: string;
  /** A secret of the Measurement Protocol. */
  readonly apiSecret: string;
  /** The origin of the API: `'https://region1.google-analytics.com'` for data that stays in the EU. @default 'https://www.google-analytics.com' */
  readonly url?: string | URL | undefined;
  /** The user that an event is about; `anonymousId` is the `client_id`. @default `userId` and `anonymousId` of its metadata */
  readonly user?: UserOf | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<Ga4Options, 'user'>(() => ({
  measurementId: aNonEmptyString,
  apiSecret: secret(aNonEmptyString),
  url: [secret(anything), 'https://www.google-analytics.com'],
  user: [aFunction],
}));

/**
 * Options of `httpSink` for Google Analytics 4: its Measurement Protocol, one request for each user of a batch, of up to 25 events.
 *
 * Parameters are the fields of the event's data, and `session_id`, a whole number: that of a session with a UUID is its first 48 bits, which in a UUID v7
 * are the session's start in milliseconds; an id that is neither a UUID nor digits is left out. `engagement_time_msec` is 1 if the data have none. Google says nothing about
 * events that it drops: those with a type that is no name there (letters, digits and underscores, up to 40) are `rejected` before they are sent. It
 * also drops names that it reserves, such as `session_start`, and doesn't recognise an event that it has already.
 *
 * | answer | the events |
 * |---|---|
 * | 2xx | delivered, as far as Google says |
 * | 429, 5xx, none | sent again |
 * | 413 | `too_large`: in halves |
 * | others | `rejected` |
 *
 * Source: Google, "Measurement Protocol (Google Analytics 4)", as of November 2026; limits: 25 events and 130 kB a
 * request, 25 parameters an event, 100 characters a value, the last 72 hours.
 *
 * @throws TypeError for an invalid or unknown option
 * @example
 * const sink = httpSink({ ...ga4({ measurementId: 'G-1234', apiSecret: '5678' }) });
 * expect(sink.name).to.equal('ga4');
 */
export function ga4(options: Ga4Options): VendorPreset {
  const { measurementId, apiSecret, url, user } = OPTIONS.parse(options);
  return {
    name: 'ga4',
    url: endpointQuery(url, `/mp/collect?${String(new URLSearchParams({ measurement_id: measurementId, api_secret: apiSecret }))}`),
    encode: {
      contentType: 'application/json',
      encode: ({ events }) => {
        const items = events.map((event) => itemOf(event, user));
        return JSON.stringify({ client_id: items[0]?.anonymousId, user_id: items[0]?.userId, events: items.map(toEvent) });
      },
    },
    requestKey: (event) => {
      const { anonymousId, userId } = itemOf(event, user);
      return JSON.stringify([anonymousId, userId]);
    },
    maxBodyBytes: 130_000,
    maxBodyEvents: 25,
  };
}

function toEvent({ type, timestamp, sessionId = '', data, anonymousId }: Item): object {
  if (!/^[a-z]\w{0,39}$/i.test(type) || anonymousId === undefined) throw new TypeError('Expected a valid GA4 name, and a visitor');
  return {
    name: type,
    timestamp_micros: Math.round(timestamp * 1_000),
    params: {
      // Google knows whole numbers: the first 48 bits of a UUID. In those of the library, they are the time at which the session began.
      session_id: Number(sessionId) || Number(`0x${sessionId.replace('-', '').slice(0, 12)}`) || undefined,
      engagement_time_msec: 1,
      ...(isObject(data) ? data : { value: data }),
    },
  };
}
