import { isLeft } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { decode } from '../codecs/decode.js';
import { nonEmptyString } from '../codecs/fields.js';
import { isCategory } from '../event/categories.js';
import { isPriority } from '../event/priority.js';
import type { BodyItem } from './body-item.js';

/**
 * A CloudEvent in its JSON form as one of our events, yet to be decoded.
 *
 * `id`, `type` and `data` are the same, `time` is the timestamp, and the extensions `category`, `priority`, `sessionid` and `weight` are the
 * fields of those names, where their values fit. Binary data stays in base64. An event with an extension `metadata`, an object's JSON, is one of
 * ours and gets it back as it was; from any other, `source`, `subject` and whatever else has no field become metadata under their own names.
 *
 * Source: CloudEvents 1.0.2, JSON event format.
 */
export function fromCloudEvent(value: unknown): BodyItem {
  const decoded = decode(CLOUD_EVENT, value);
  if (isLeft(decoded)) return { faults: decoded.left.faults };
  const { id, type, time, category, priority, sessionid, weight, metadata, data, data_base64: base64 } = decoded.right;
  const fields = {
    category: isCategory(category) ? category : undefined,
    priority: isPriority(priority) ? priority : undefined,
    sessionid: nonEmptyString.is(sessionid) ? sessionid : undefined,
    weight: weightOf(weight),
  };
  return {
    value: {
      id,
      type,
      category: fields.category,
      priority: fields.priority,
      timestamp: typeof time === 'string' ? Date.parse(time.toUpperCase()) : undefined,
      sessionId: fields.sessionid,
      data: data === undefined ? base64 : data,
      metadata: ownMetadata(metadata) ?? foreignMetadata(decoded.right, fields),
      weight: fields.weight,
    },
  };
}

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/i;
const isTime = (value: unknown): value is string =>
  typeof value === 'string' && RFC3339.test(value) && Date.parse(value.toUpperCase()) >= 0;
const aTime = /* @__PURE__ */ new t.Type<string, string, unknown>(
  'RFC 3339 time from 1970 on',
  isTime,
  (value, context) => (isTime(value) ? t.success(value) : t.failure(value, context)),
  t.identity,
);

const CLOUD_EVENT = /* @__PURE__ */ t.intersection(
  [
    /* @__PURE__ */ t.type({
      specversion: /* @__PURE__ */ t.literal('1.0'),
      id: nonEmptyString,
      source: nonEmptyString,
      type: nonEmptyString,
      time: /* @__PURE__ */ t.union([aTime, t.undefined, t.null]),
    }),
    t.UnknownRecord,
  ],
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
const FORM: ReadonlySet<string> = /* @__PURE__ */ new Set(['specversion', 'id', 'type', 'time', 'datacontenttype', 'data', 'data_base64']);

function foreignMetadata(attributes: Readonly<Record<string, unknown>>, fields: Readonly<Record<string, unknown>>): object {
  const foreign = Object.entries(attributes).filter(
    ([name]) => !FORM.has(name) && (!Object.hasOwn(fields, name) || fields[name] === undefined),
  );
  return Object.fromEntries(foreign);
}
