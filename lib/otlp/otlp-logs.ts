import type { AnalyticsEvent } from '../event/event.js';
import type { Encoder } from '../http/encoder.js';
import type { HeadersOption } from '../http/http-headers.js';
import type { ResponseParser } from '../http/parsed-error.js';
import { aFunction, anObject, anything, aString, isNonEmptyString, isObject, secret, type Expectation } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { textJson } from '../internal/text-json.js';
import { anyValueJson, withWellFormedKeys } from './any-value.js';
import { logsEncoder } from './logs-encoder.js';
import { partialSuccess } from './partial-success.js';
import type { UserIds } from './user.js';

/** Attributes by name: text, numbers, booleans, bytes, arrays and objects of them. */
export type OtlpAttributes = Readonly<Record<string, unknown>>;

/** The instrumentation scope of the records. */
export interface OtlpScope {
  /** @default 'rx-event-collector' */
  readonly name?: string | undefined;
  /** @default none */
  readonly version?: string | undefined;
  /** @default none */
  readonly attributes?: OtlpAttributes | undefined;
}

export interface OtlpLogsOptions {
  /** The receiver's endpoint for logs. `/v1/logs` is added to an origin alone: `'http://localhost:4318'`. */
  readonly url: string | URL;
  /** The entity that produces the events, by the semantic conventions. @default `{ 'service.name': 'unknown_service' }` */
  readonly resource?: OtlpAttributes | undefined;
  /** @default `{ name: 'rx-event-collector' }` */
  readonly scope?: OtlpScope | undefined;
  /** Headers as for `httpSink`, such as an API key. @default none */
  readonly headers?: HeadersOption | undefined;
  /** Returns the user of an event. @default `userId` and `anonymousId` of its metadata */
  readonly user?: ((event: AnalyticsEvent) => UserIds | undefined) | undefined;
}

/** The options of `httpSink` that `otlpLogs` sets. */
export interface OtlpLogsPreset {
  readonly url: string | URL;
  readonly headers?: HeadersOption | undefined;
  readonly encode: Encoder;
  readonly parseResponse: ResponseParser<AnalyticsEvent>;
  readonly retryStatuses: readonly number[];
  readonly name: string;
}

/** `httpSink` checks the rest. */
const aUrl: Expectation = {
  expected: 'a URL',
  accepts: (value) => isNonEmptyString(value) || value instanceof URL,
  isSecret: true,
};

const attributes: Expectation = {
  expected: 'an object whose keys are non-empty',
  accepts: (value) => isObject(value) && !Object.hasOwn(value, ''),
};

const OPTIONS = /* @__PURE__ */ optionsOf<OtlpLogsOptions, 'headers' | 'user'>(() => ({
  url: aUrl,
  resource: [attributes, {}],
  scope: [anObject, {}],
  headers: [/* @__PURE__ */ secret(anything)],
  user: [aFunction],
}));

const SCOPE = /* @__PURE__ */ optionsOf<OtlpScope>(() => ({
  name: [aString, 'rx-event-collector'],
  version: [aString, ''],
  attributes: [attributes, {}],
}));

/**
 * Options of `httpSink` that send events as log records to an OpenTelemetry receiver.
 *
 * ```
 * AnalyticsEvent { id, type, timestamp, sessionId, data, metadata, weight, … }
 *      └─► LogRecord { timeUnixNano, eventName, body, attributes, severityNumber?, traceId?, … } ─► POST url, application/json
 * ```
 *
 * docs/destinations.md lists the field of each property, and the outcome of each answer. An event that can't be read fails alone.
 *
 * A receiver may refuse a number of records without naming them. Then the same number of the batch's events fail, with the code
 * `OTLP_PARTIAL_SUCCESS`, and nothing is sent again.
 *
 * Source: OTLP 1.9 (OTLP/HTTP, JSON Protobuf encoding), semantic conventions 1.38.
 *
 * @throws TypeError for an invalid or unknown option, and what a getter of `resource` or `scope` throws
 * @example
 * const { encode } = otlpLogs({ url: 'http://localhost:4318', resource: { 'service.name': 'shop' } });
 * const batch = createBatch([createEvent({ type: 'order_placed', timestamp: 1_700_000_000_123 })], 1);
 * const [{ scopeLogs }] = JSON.parse(String(encode.encode(batch))).resourceLogs;
 * const [{ timeUnixNano, eventName }] = scopeLogs[0].logRecords;
 * expect([timeUnixNano, eventName]).to.deep.equal(['1700000000123000000', 'order_placed']);
 */
export function otlpLogs(options: OtlpLogsOptions): OtlpLogsPreset {
  const { url, resource, scope, headers, user } = OPTIONS.parse(options);
  const { name, version, attributes: scopeAttributes } = SCOPE.parse(scope, { path: 'scope' });
  const resourceJson = `{"attributes":${attributesJson({ 'service.name': 'unknown_service', ...resource })}}`;
  const scopeJson =
    `{"name":${textJson(name)}${version === '' ? '' : `,"version":${textJson(version)}`}` +
    `${Object.keys(scopeAttributes).length === 0 ? '' : `,"attributes":${attributesJson(scopeAttributes)}`}}`;
  return {
    url: withPath(url),
    ...(headers !== undefined && { headers }),
    encode: logsEncoder(resourceJson, scopeJson, user),
    parseResponse: partialSuccess,
    retryStatuses: RETRIED,
    name: 'otlp',
  };
}

/** OTLP 1.9, "Retryable Response Codes". */
const RETRIED = [429, 502, 503, 504];

function attributesJson(record: OtlpAttributes): string {
  const pairs = Object.entries(withWellFormedKeys(record)).map(([key, value]) => [textJson(key), anyValueJson(value)] as const);
  return `[${pairs.flatMap(([key, value]) => (value === undefined ? [] : [`{"key":${key},"value":${value}}`])).join()}]`;
}

/** Relative and invalid URLs are unchanged: `httpSink` resolves or refuses them. */
function withPath(url: string | URL): string | URL {
  const text = String(url);
  return /^https?:\/\/[^/?#]+\/?$/i.test(text) ? `${text.replace(/\/$/, '')}/v1/logs` : url;
}
