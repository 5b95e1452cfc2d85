import { isLeft } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { decode } from '../codecs/decode.js';
import { epochMs } from '../event/epoch-ms.js';
import { nonEmptyString, WEIGHT } from '../codecs/fields.js';
import { isCategory } from '../event/categories.js';
import { isPriority } from '../event/priority.js';
import type { BodyItem } from './body-item.js';
import { BoundedJson } from './bounded-json.js';
import { resolveLimits, type IngestLimits } from './ingest-limits.js';
import { Refusal } from './refusal.js';
import { shortened } from '../sampling/shortened.js';

/**
 * Converts a CloudEvent in its JSON form to an event of this library, which is not validated yet.
 *
 * `id`, `type` and `data` stay the same, and `time` becomes the timestamp. The extensions `category`, `priority`, `sessionid`, `weight` and
 * `sentat` become the fields of those names if their values are valid. Binary data stays base64. An event with an extension `metadata`, the JSON
 * of an object, comes from this library and gets its metadata back unchanged. Of a foreign event, `source`, `subject` and other attributes
 * without a field become metadata under their own names.
 *
 * A foreign event is identified by its `source` and `id` together, an event of this library by its `id`.
 *
 * Source: CloudEvents 1.0.2, JSON event format.
 *
 * @throws Refusal if parsing the metadata exceeds what one request may cost
 */
export function fromCloudEvent(
  value: unknown,
  limits: IngestLimits = resolveLimits(),
  json: BoundedJson = new BoundedJson(limits),
): BodyItem {
  const decoded = decode(CLOUD_EVENT, value);
  if (isLeft(decoded)) return { faults: decoded.left.faults };
  const attributes: Attributes = decoded.right;
  const { id, source, type, time, category, priority, sessionid, weight, sentat, metadata, data, data_base64: base64 } = attributes;
  const fields = {
    category: isCategory(category) ? category : undefined,
    priority: isPriority(priority) ? priority : undefined,
    sessionid: nonEmptyString.is(sessionid) ? sessionid : undefined,
    weight: weightOf(weight),
    sentat: epochMs(sentat),
  };
  const own = typeof metadata === 'string' && metadata.length <= limits.stringLength ? ownMetadata(metadata, json) : undefined;
  return {
    ...(own === undefined && { key: JSON.stringify([source, id]), uniqueId: shortened(`${source as string}#${id as string}`, MAX_ID) }),
    sentAt: fields.sentat,
    value: {
      id,
      type,
      category: fields.category,
      priority: fields.priority,
      timestamp: typeof time === 'string' ? epochMs(time) : undefined,
      sessionId: fields.sessionid,
      data: data === undefined ? base64 : data,
      metadata: own ?? foreignMetadata(attributes, fields),
      weight: fields.weight,
    },
  };
}

const MAX_ID = 256;

type Attributes = Readonly<Record<string, unknown>>;

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/i;
const isTime = (value: unknown): value is string => typeof value === 'string' && RFC3339.test(value) && epochMs(value) !== undefined;
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

/** A weight that is not a 32-bit integer is a string: CloudEvents have no other numbers. */
function weightOf(weight: unknown): number | undefined {
  const number = typeof weight === 'string' && weight.length <= MAX_DIGITS ? Number(weight) : weight;
  return WEIGHT.is(number) ? number : undefined;
}

const MAX_DIGITS = 30;

function ownMetadata(metadata: string, json: BoundedJson): object | undefined {
  if (!metadata.startsWith('{')) return undefined;
  try {
    return json.parse(new TextEncoder().encode(metadata)) as object;
  } catch (error) {
    if (error instanceof Refusal) throw error;
    return undefined;
  }
}

/** Attributes of the format, not of the event. */
const FORM: ReadonlySet<string> = /* @__PURE__ */ new Set(['specversion', 'id', 'type', 'time', 'data', 'data_base64']);

function foreignMetadata(attributes: Attributes, fields: Attributes): object {
  const foreign = Object.entries(attributes).filter(
    ([name]) => !FORM.has(name) && (!Object.hasOwn(fields, name) || fields[name] === undefined),
  );
  return Object.fromEntries(foreign);
}
