import { flatCopy } from '../internal/flat-copy.js';
import { hasLoneSurrogate, MAX_PLAIN_SIZE, scannedJson, sizeOf, toJson } from '../internal/json-value.js';
import { isConstant, lastOf, MAX_CACHED, remember, textJson } from '../internal/text-json.js';
import type { AnalyticsEvent } from './event.js';

/**
 * The JSON of an event, for sinks that encode events themselves.
 *
 * Unlike `JSON.stringify`, it writes errors, maps, sets, BigInts, bytes and cycles: docs/values.md lists how. It throws only for an event that can't
 * be read, so that a sink can report this single event as failed.
 *
 * @throws TypeError for an event without a JSON form, RangeError for one that is too large or nested too deeply, and what a getter, a `toJSON`
 * or a Proxy throws
 * @example
 * const event = createEvent({ type: 'payment_failed', data: { error: new TypeError('declined'), total: 10n } });
 * const { data } = JSON.parse(eventJson(event));
 * expect([data.error.name, data.error.message, data.total]).to.deep.equal(['TypeError', 'declined', '10']);
 */
export function eventJson(event: unknown): string {
  const size = eventSize(event);
  return smallJson(event, size, true) ?? scannedJson(event, size);
}

/**
 * The JSON array of events, each as `toJson` returns it, faster than `JSON.stringify` of the array.
 *
 * Small events are encoded by this module, the others by `JSON.stringify`, with one call for consecutive ones. If the batch's events are large on
 * average, all are encoded by `JSON.stringify`: joining the results of both copies the text once more, which took two fifths of the time for recorded
 * GitHub events.
 *
 * @throws what `toJson` throws for any of the events
 */
export function eventsJson(events: readonly unknown[]): string {
  let json = '';
  let run: unknown[] = [];
  const endRun = (): void => {
    if (run.length > 0) json += `${json === '' ? '' : ','}${arrayJson(run).slice(1, -1)}`;
    run = [];
  };
  const sizes = events.map(eventSize);
  const isSmall = sizes.reduce((total, size) => total + size, 0) <= MAX_SIZE * events.length;
  for (const [index, event] of events.entries()) {
    const size = sizes[index] ?? -1;
    const small = isSmall ? smallJson(event, size, false) : undefined;
    if (small === undefined && size >= 0 && isPlainObject(event)) run.push(event);
    else {
      endRun();
      json += `${json === '' ? '' : ','}${small ?? scannedJson(event, size)}`;
    }
  }
  if (json === '') return arrayJson(run);
  endRun();
  return `[${json}]`;
}

function arrayJson(plain: readonly unknown[]): string {
  const json = JSON.stringify(plain);
  return hasLoneSurrogate(json) ? `[${plain.map(toJson).join()}]` : json;
}

/** In an array, `JSON.stringify` would turn an event without a JSON form into `null`. */
const isPlainObject = (event: unknown): boolean =>
  typeof event === 'object' && event !== null && (event as { toJSON?: unknown }).toJSON === undefined;

/** The size above which `JSON.stringify` is faster. */
const MAX_SIZE = 30;

/**
 * The JSON of a small, plain event that has the fields of `captureEvent` in the same order; otherwise `undefined`.
 *
 * @param alone whether it would be the only event of a `JSON.stringify` call: then it is faster to encode its own metadata here, too
 */
function smallJson(event: unknown, size: number, alone: boolean): string | undefined {
  if (size < 0 || size > MAX_SIZE || !hasFields(event)) return undefined;
  const { id, type, category, priority, timestamp, sessionId, data, metadata, weight } = event;
  if (typeof id !== 'string' || typeof timestamp !== 'number') return undefined;
  if (sessionId !== undefined && typeof sessionId !== 'string') return undefined;
  const end = originJson(metadata, weight, alone);
  if (end === undefined) return undefined;
  const kind = kindJson(type, category, priority);
  if (kind === undefined) return undefined;
  const session = sessionId === undefined ? '' : sessionJson(sessionId);
  const payload = partJson(data);
  return `{"id":${textJson(id)}${kind}${timeJson(timestamp)}${session}${payload === undefined ? '' : `,"data":${payload}`}${end}`;
}

const FIELDS = ['id', 'type', 'category', 'priority', 'timestamp', 'sessionId', 'data', 'metadata', 'weight'];

function hasFields(event: unknown): event is Readonly<Record<keyof AnalyticsEvent, unknown>> {
  if (typeof event !== 'object' || event === null || Object.getPrototypeOf(event) !== Object.prototype) return false;
  let count = 0;
  for (const key in event) {
    if (key !== FIELDS[count]) return false;
    count += 1;
  }
  return count === FIELDS.length && (event as { toJSON?: unknown }).toJSON === undefined;
}

/** Like `sizeOf`, but scans neither fields that are usually scalars nor metadata that many events share. */
function eventSize(event: unknown): number {
  if (!hasFields(event)) return sizeOf(event);
  const { id, type, category, priority, timestamp, sessionId, metadata, weight } = event;
  const isUsual =
    typeof id === 'string' &&
    typeof type === 'string' &&
    typeof category === 'string' &&
    typeof priority === 'string' &&
    typeof timestamp === 'number' &&
    (sessionId === undefined || typeof sessionId === 'string') &&
    typeof metadata === 'object' &&
    metadata !== null &&
    typeof weight === 'number';
  if (!isUsual) return sizeOf(event);
  const dataSize = sizeOf(event.data);
  const originSize = metadataSize(metadata);
  const size = FIELDS.length + dataSize + originSize;
  return dataSize < 0 || originSize < 0 || size > MAX_PLAIN_SIZE ? -1 : size;
}

/** The JSON of type, category and priority, by type: events of a type usually have the same category and priority. */
const kinds = /* @__PURE__ */ new Map<string, { readonly category: string; readonly priority: string; readonly json: string }>();

function kindJson(type: unknown, category: unknown, priority: unknown): string | undefined {
  if (typeof type !== 'string' || typeof category !== 'string' || typeof priority !== 'string') return undefined;
  const known = kinds.get(type);
  if (known?.category === category && known.priority === priority) return known.json;
  const json = `,"type":${textJson(type)},"category":${textJson(category)},"priority":${textJson(priority)},"timestamp":`;
  if (json.length <= MAX_CACHED)
    remember(kinds, flatCopy(type), { category: flatCopy(category), priority: flatCopy(priority), json: flatCopy(json) });
  return json;
}

/** The metadata object that consecutive events share, if it is constant. */
let shared: { readonly metadata: object; readonly size: number } | undefined;
/** The JSON of `shared`, and the weight in it. */
let origin: { readonly weight: number; readonly json: string } | undefined;
let lastMetadata: object | undefined;
let repeats = 0;

function metadataSize(metadata: object): number {
  if (shared?.metadata === metadata) return shared.size;
  const size = sizeOf(metadata);
  repeats = metadata === lastMetadata ? repeats + 1 : 0;
  lastMetadata = metadata;
  if (repeats === 1 && size >= 0 && isConstant(metadata)) {
    shared = { metadata, size };
    origin = undefined;
  }
  return size;
}

function originJson(metadata: unknown, weight: unknown, alone: boolean): string | undefined {
  if (typeof weight !== 'number' || typeof metadata !== 'object' || metadata === null) return undefined;
  const isShared = shared?.metadata === metadata;
  if (isShared && origin?.weight === weight) return origin.json;
  if (!isShared && !alone) return undefined;
  const json = `,"metadata":${objectJson(metadata)},"weight":${numberJson(weight)}}`;
  if (isShared) origin = { weight, json };
  return json;
}

const sessionJson = /* @__PURE__ */ lastOf((sessionId: string) => `,"sessionId":${textJson(sessionId)}`);
const timeJson = /* @__PURE__ */ lastOf(numberJson);

/** The JSON of a small plain value; `undefined` if JSON leaves it out. */
function partJson(part: unknown): string | undefined {
  switch (typeof part) {
    case 'string':
      return textJson(part);
    case 'number':
      return numberJson(part);
    case 'boolean':
      return part ? 'true' : 'false';
    case 'object':
      return part === null ? 'null' : objectJson(part);
    default:
      return undefined;
  }
}

function objectJson(value: object): string {
  if ((value as { toJSON?: unknown }).toJSON !== undefined) return toJson(value);
  let json = '';
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) json += `${index === 0 ? '' : ','}${partJson(value[index]) ?? 'null'}`;
    return `[${json}]`;
  }
  for (const key of Object.keys(value)) {
    const part = partJson(value[key as keyof typeof value]);
    if (part === undefined) continue;
    const name = keyJson(key);
    if (name === undefined) return toJson(value);
    json += `${json === '' ? '' : ','}${name}${part}`;
  }
  return `{${json}}`;
}

function numberJson(value: number): string {
  return Number.isFinite(value) ? String(value) : 'null';
}

/** The keys of payloads, each with its colon. */
const keys = /* @__PURE__ */ new Map<string, string>();

/** `undefined` for a key with U+FFFD, which may replace a lone surrogate: keys that differ only in lone surrogates become equal. */
function keyJson(key: string): string | undefined {
  const known = keys.get(key);
  if (known !== undefined) return known;
  const json = `${textJson(key)}:`;
  if (json.includes('\ufffd')) return undefined;
  if (json.length <= MAX_CACHED) remember(keys, key, json);
  return json;
}
