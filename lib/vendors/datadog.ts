import { aFunction, aNonEmptyString, anything, aString, secret } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { endpoint } from './endpoint.js';
import { limitedEncoder } from './items.js';
import { levelOf } from './level-of.js';
import type { UserOf } from './user-ids.js';
import type { VendorPreset } from './vendor-preset.js';

export interface DatadogOptions {
  readonly apiKey: string;
  /** @default 'rx-event-collector' */
  readonly service?: string | undefined;
  /** `'env:production,team:shop'`. @default none */
  readonly tags?: string | undefined;
  /** The origin of the intake: `'https://http-intake.logs.datadoghq.eu'`. @default 'https://http-intake.logs.datadoghq.com' */
  readonly url?: string | URL | undefined;
  /** The user that an event is about. @default `userId` and `anonymousId` of its metadata */
  readonly user?: UserOf | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<DatadogOptions, 'tags' | 'user'>(() => ({
  apiKey: secret(aNonEmptyString),
  service: [aNonEmptyString, 'rx-event-collector'],
  tags: [aString],
  url: [secret(anything), 'https://http-intake.logs.datadoghq.com'],
  user: [aFunction],
}));

/**
 * Options of `httpSink` for Datadog: logs by its v2 intake.
 *
 * The message is the event's type, the status the severity of an error event, else `info`. Attributes: `evt.id`, `evt.name`, `evt.category`,
 * `evt.priority`, `evt.weight`, `usr.id`, `usr.anonymous_id`, `session_id`, `data` and `metadata`. Datadog doesn't recognise a log that it has already.
 *
 * | answer | the events |
 * |---|---|
 * | 202 | delivered |
 * | 408, 429, 5xx, none | sent again |
 * | 413 | `too_large`: in halves |
 * | 400 | `rejected`: in halves, until the event to blame is alone |
 * | 401, 403, others | `rejected` |
 *
 * Source: Datadog, "Send logs" (v2), as of November 2026; limits: 5 MB and 1,000 logs a request, the last 18 hours and next 2, 1 MB a log: Datadog would cut
 * a longer one, which is `too_large` here and not sent.
 *
 * @throws TypeError for an invalid or unknown option
 * @example
 * const sink = httpSink({ ...datadog({ apiKey: '1234', service: 'shop', tags: 'env:test' }), compress: 'gzip' });
 * expect(sink.name).to.equal('datadog');
 */
export function datadog(options: DatadogOptions): VendorPreset {
  const { apiKey, service, tags, url, user } = OPTIONS.parse(options);
  return {
    name: 'datadog',
    url: endpoint(url, '/api/v2/logs'),
    headers: { 'dd-api-key': apiKey },
    encode: limitedEncoder(
      user,
      1_000_000,
      ({ type, timestamp, sessionId, userId, anonymousId, data, metadata, ...evt }) => ({
        ddsource: 'rx-event-collector',
        ddtags: tags,
        service,
        message: type,
        status: levelOf({ category: evt.category, data }),
        timestamp,
        evt: { ...evt, name: type },
        usr: { id: userId, anonymous_id: anonymousId },
        session_id: sessionId,
        data,
        metadata,
      }),
      '[',
      ']',
    ),
    maxBodyBytes: 5_000_000,
    maxBodyEvents: 1_000,
  };
}
