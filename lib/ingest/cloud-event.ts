import { isLeft } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { decode } from '../codecs/decode.js';
import { nonEmptyString } from '../codecs/fields.js';
import { isCategory } from '../event/categories.js';
import { isPriority } from '../event/priority.js';
import { stringHash } from '../sampling/string-hash.js';
import type { BodyItem } from './body-item.js';

/**
 * A CloudEvent in its JSON form as one of our events, yet to be decoded.
 *
 * `id`, `type` and `data` are the same, `time` is the timestamp, and the extensions `category`, `priority`, `sessionid` and `weight` are the
 * fields of those names, where their values fit. Binary data stays in base64. An event with an extension `metadata`, an object's JSON, is one of
 * ours and gets it back as it was; from any other, `source`, `subject` and whatever else has no field become metadata under their own names.
 *
 * Such a one is known again by its `source` and `id` together, one of ours by its `id`.
 *
 * Source: CloudEvents 1.0.2, JSON event format.
 */
export function fromCloudEvent(value: unknown): BodyItem {
  const decoded = decode(CLOUD_EVENT, value);
  if (isLeft(decoded)) return { faults: decoded.left.faults };
  const attributes: Attributes = decoded.right;
  const { id, source, type, time, category, priority, sessionid, weight, metadata, data, data_base64: base64 } = attributes;
  const fields = {
    category: isCategory(category) ? category : undefined,
    priority: isPriority(priority) ? priority : undefined,
    sessionid: nonEmptyString.is(sessionid) ? sessionid : undefined,
    weight: weightOf(weight),
  };
  const own = ownMetadata(metadata);
  return {
    key: own === undefined ? keyOf(source as string, id as string) : undefined,
    value: {
      id,
      type,
      category: fields.category,
      priority: fields.priority,
      timestamp: typeof time === 'string' ? Date.parse(time.toUpperCase()) : undefined,
      sessionId: fields.sessionid,
      data: data === undefined ? base64 : data,
      metadata: own ?? foreignMetadata(attributes, fields),
      weight: fields.weight,
    },
  };
}

/** Of a foreign event only the source and the id together are unique. Keys stay in memory, and sources have any length. */
function keyOf(source: string, id: string): string {
  const short = source.length > MAX_SOURCE ? `${source.slice(0, MAX_SOURCE)}…${stringHash(source, 0).toString(36)}` : source;
  return `${short} ${id}`;
}

const MAX_SOURCE = 256;

type Attributes = Readonly<Record<string, unknown>>;

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/i;
const isTime = (value: unknown): value is string =>
  typeof value === 'string' && RFC3339.test(value) && Date.parse(value.toUpperCase()) >= 0;
const aTime = /* @__PURE__ */ new t.Type<string, string, unknown>(
  'RFC 3339 time from 1970 on',
  isTime,
  (value, context) => (isTime(value) ? t.success(value) : t.failure(value, context)),
  t.identity,
);

const CLOUD_EVENT = /* @__PURE__ */ t.type(
  {
    specversion: /* @__PURE__ */ t.literal('1.0'),
    id: nonEmptyString,
    source: nonEmptyString,
    type: nonEmptyString,
    time: /* @__PURE__ */ t.union([aTime, t.undefined, t.null]),
  },
  'CloudEvent',
);

/** What is no integer of 32 bits comes as a string: CloudEvents have no other numbers. */
function weightOf(weight: unknown): number | undefined {
  const number = typeof weight === 'string' && weight.length <= MAX_DIGITS ? Number(weight) : weight;
  return typeof number === 'number' && number >= 1 && number < Infinity ? number : undefined;
}

const MAX_DIGITS = 30;

function ownMetadata(metadata: unknown): object | undefined {
  if (typeof metadata !== 'string' || !metadata.startsWith('{')) return undefined;
  try {
    return JSON.parse(metadata) as object;
  } catch {
    return undefined;
  }
}

/** They say how an event is written down, not what it is. */
const FORM: ReadonlySet<string> = /* @__PURE__ */ new Set(['specversion', 'id', 'type', 'time', 'data', 'data_base64']);

function foreignMetadata(attributes: Attributes, fields: Attributes): object {
  const foreign = Object.entries(attributes).filter(
    ([name]) => !FORM.has(name) && (!Object.hasOwn(fields, name) || fields[name] === undefined),
  );
  return Object.fromEntries(foreign);
}
