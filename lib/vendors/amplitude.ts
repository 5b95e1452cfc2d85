import { aFunction, aNonEmptyString, anything, secret } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { endpoint } from './endpoint.js';
import { itemOf, itemsEncoder, propertiesOf, stampField, traitsOf } from './items.js';
import type { UserOf } from './user-ids.js';
import type { VendorPreset } from './vendor-preset.js';

export interface AmplitudeOptions {
  /** The project's key. */
  readonly apiKey: string;
  /** The origin of the API: `'https://api.eu.amplitude.com'` for data that stays in the EU. @default 'https://api2.amplitude.com' */
  readonly url?: string | URL | undefined;
  /** The user that an event is about. @default `userId` and `anonymousId` of its metadata */
  readonly user?: UserOf | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<AmplitudeOptions, 'user'>(() => ({
  apiKey: secret(aNonEmptyString),
  url: [secret(anything), 'https://api2.amplitude.com'],
  user: [aFunction],
}));

/**
 * Options of `httpSink` for Amplitude: one `/2/httpapi` request a batch.
 *
 * The id of an event is its `insert_id`, by which Amplitude ignores an event that it has had in the last 7 days. The visitor's id is the `device_id`; without one
 * it is the session's. Amplitude refuses ids of fewer than 5 characters. A `user_identified` event is `$identify`, with its traits in `user_properties.$set`.
 *
 * | answer | the events |
 * |---|---|
 * | 200 | delivered |
 * | 400 with positions of events | these are `rejected`, the others are sent again |
 * | 400 without, 401, others | `rejected` |
 * | 413 | `too_large`: in halves |
 * | 429 | those of users and devices that are over their daily quota are `rejected`; the others are sent again, after 30 s |
 * | 5xx, none | sent again |
 *
 * Source: Amplitude, "HTTP V2 API" and "Batch and retry HTTP V2 API requests", as of November 2026; limits: 1 MB and 2,000 events a request, 30 events a
 * second for a user or a device.
 *
 * @throws TypeError for an invalid or unknown option
 * @example
 * const sink = httpSink({ ...amplitude({ apiKey: '1234', url: 'https://api.eu.amplitude.com' }) });
 * expect(sink.name).to.equal('amplitude');
 */
export function amplitude(options: AmplitudeOptions): VendorPreset {
  const { apiKey, url, user } = OPTIONS.parse(options);
  return {
    name: 'amplitude',
    url: endpoint(url, '/2/httpapi'),
    encode: {
      ...itemsEncoder(
        user,
        (item) => {
          const traits = traitsOf(item);
          return {
            event_type: traits ? '$identify' : item.type,
            user_id: item.userId,
            device_id: item.anonymousId,
            time: item.timestamp,
            insert_id: item.id,
            event_properties: { session_id: item.sessionId, ...propertiesOf(item, traits && {}) },
            user_properties: traits && { $set: traits },
            library: 'rx-event-collector',
          };
        },
        (events) => ({ api_key: apiKey, events }),
      ),
      stamp: stampField('client_upload_time'),
    },
    maxBodyBytes: 999_900,
    maxBodyEvents: 2_000,
    parseResponse: async (answer, { events }) => {
      const { status } = answer;
      if (status !== 400 && status !== 429) return undefined;
      const report = JSON.parse(await answer.text()) as AmplitudeReport;
      if (status === 400) {
        const positions = Object.entries(report).flatMap(([field, lists]) =>
          REFUSED.test(field) ? Object.values(lists as Record<string, unknown>).flat() : [],
        );
        const named = events.filter((_, position) => positions.includes(position));
        return { rejected: named.length > 0 ? named : events };
      }
      const over: unknown[] = Object.keys({ ...report.exceeded_daily_quota_users, ...report.exceeded_daily_quota_devices });
      const rejected = events.filter((event) => {
        const { userId, anonymousId } = itemOf(event, user);
        return over.includes(userId) || over.includes(anonymousId);
      });
      return { rejected, retryAfterMs: PAUSE_MS };
    },
  };
}

interface AmplitudeReport {
  readonly exceeded_daily_quota_users?: object;
  readonly exceeded_daily_quota_devices?: object;
  readonly [field: string]: unknown;
}

/** `events_with_invalid_fields`, `…_missing_fields`, `…_invalid_id_lengths`: positions by field; `silenced_events`: positions. */
const REFUSED = /^(events_with|silenced_events)/;
/** As documented. */
const PAUSE_MS = 30_000;
