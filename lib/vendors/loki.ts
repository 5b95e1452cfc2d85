import { aFunction, anything, secret, type Expectation } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { endpoint } from './endpoint.js';
import { limitedEncoder } from './items.js';
import { levelOf } from './level-of.js';
import type { UserOf } from './user-ids.js';
import type { VendorPreset } from './vendor-preset.js';

export interface LokiOptions {
  /** The origin of Loki: `'http://localhost:3100'`. */
  readonly url: string | URL;
  /** The labels of the stream; a value for each of few streams, never an id. @default `{ service_name: 'rx-event-collector' }` */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** The user that an event is about. @default `userId` and `anonymousId` of its metadata */
  readonly user?: UserOf | undefined;
}

const labelSet: Expectation = {
  expected: 'an object of label names and strings',
  accepts: (value) => {
    const labels = Object.entries(Object(value) as object);
    return labels.length > 0 && labels.every(([name, label]) => /^[a-z_]\w*$/i.test(name) && typeof label === 'string');
  },
};

const OPTIONS = /* @__PURE__ */ optionsOf<LokiOptions, 'user'>(() => ({
  url: secret(anything),
  labels: [labelSet, { service_name: 'rx-event-collector' }],
  user: [aFunction],
}));

/**
 * Options of `httpSink` for Loki: one stream a batch, a line of JSON for each event.
 *
 * A line has `id`, `type`, `level` (the severity of an error event, else `info`), `category`, `priority`, `weight`, `session_id`, `user_id`, `anonymous_id`,
 * `data` and `metadata`: `| json` finds them. Loki ignores a line that it has already, with the same time in the same stream and in a
 * chunk that is still open.
 *
 * | answer | the events |
 * |---|---|
 * | 204 | delivered |
 * | 429, 5xx, none | sent again |
 * | 413 | `too_large`: in halves |
 * | 400 | `rejected`: in halves, until the event to blame is alone. Loki has taken the others the first time, and ignores them then |
 * | 401, others | `rejected` |
 *
 * Source: Loki 3, "HTTP API, ingest logs" and "Enforce rate limits and push request validation", as of November 2026; its default limits: 256 kB a line,
 * 4 MB a request, an hour behind the latest line of the stream, a week behind the clock.
 *
 * @throws TypeError for an invalid or unknown option
 * @example
 * const sink = httpSink({ ...loki({ url: 'http://localhost:3100', labels: { service_name: 'shop' } }) });
 * expect(sink.name).to.equal('loki');
 */
export function loki(options: LokiOptions): VendorPreset {
  const { url, labels, user } = OPTIONS.parse(options);
  return {
    name: 'loki',
    url: endpoint(url, '/loki/api/v1/push'),
    encode: limitedEncoder(
      user,
      256_000,
      ({ timestamp, sessionId, userId, anonymousId, ...others }) => [
        `${String(Math.trunc(timestamp))}000000`,
        JSON.stringify({ ...others, level: levelOf(others), session_id: sessionId, user_id: userId, anonymous_id: anonymousId }),
      ],
      `{"streams":[{"stream":${JSON.stringify(labels)},"values":[`,
      ']}]}',
    ),
    maxBodyBytes: 4_000_000,
  };
}
