import { Refusal } from './refusal.js';

/** The format of a body: JSON, lines of JSON, or CloudEvents. */
export type BodyFormat = 'json' | 'ndjson' | 'cloudevent' | 'cloudevents-batch';

const FORMATS: ReadonlyMap<string, BodyFormat> = /* @__PURE__ */ new Map([
  ['application/json', 'json'],
  // The default type of strings that `fetch` sends, and the only one that a beacon can send to another origin without a preflight.
  ['text/plain', 'json'],
  ['', 'json'],
  ['application/x-ndjson', 'ndjson'],
  ['application/ndjson', 'ndjson'],
  ['application/jsonl', 'ndjson'],
  ['application/cloudevents+json', 'cloudevent'],
  ['application/cloudevents-batch+json', 'cloudevents-batch'],
]);

const ACCEPTED = /* @__PURE__ */ [...FORMATS.keys()].filter((name) => name !== '').join(', ');

/** @throws Refusal for an unknown content type or charset */
export function bodyFormat(contentType: string | null): BodyFormat {
  const [type = '', ...parameters] = (contentType ?? '').toLowerCase().split(';');
  const format = FORMATS.get(type.trim());
  const charset = parameters.map((each) => /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/.exec(each)?.[1]).find((each) => each !== undefined);
  if (format === undefined) throw new Refusal(415, 'UNSUPPORTED_TYPE', `Expected one of ${ACCEPTED}`, { accept: ACCEPTED });
  if (charset !== undefined && !UTF8.has(charset)) throw new Refusal(415, 'UNSUPPORTED_CHARSET', 'Expected a body in UTF-8');
  return format;
}

const UTF8: ReadonlySet<string> = /* @__PURE__ */ new Set(['utf-8', 'utf8', 'us-ascii']);
