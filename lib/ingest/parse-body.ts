import type { BodyFormat } from './body-format.js';
import type { BodyItem } from './body-item.js';
import { BoundedJson, tooMany } from './bounded-json.js';
import { fromCloudEvent } from './cloud-event.js';
import type { IngestLimits } from './ingest-limits.js';
import { Refusal } from './refusal.js';

/**
 * The items of a body, in order.
 *
 * JSON is a list of events, a batch (an object with a list `events`), or one event. An invalid line of NDJSON is an invalid item. Invalid
 * JSON makes the whole body invalid.
 *
 * @param bytes may be written to
 * @throws Refusal for unreadable text, and for more than the limits allow
 */
export function parseBody(bytes: Uint8Array, format: BodyFormat, limits: IngestLimits): readonly BodyItem[] {
  const json = new BoundedJson(limits, format === 'json' || format === 'cloudevents-batch' ? limits.events : Infinity);
  const toItem = (value: unknown): BodyItem => fromCloudEvent(value, limits, json);
  switch (format) {
    case 'ndjson':
      return lines(bytes, limits.events, json);
    case 'cloudevent':
      return [toItem(parsed(bytes, json))];
    case 'cloudevents-batch':
      return listed(parsed(bytes, json), limits.events).map(toItem);
    case 'json':
      return items(parsed(bytes, json), limits.events);
  }
}

function items(body: unknown, maxEvents: number): readonly BodyItem[] {
  if (Array.isArray(body)) return listed(body, maxEvents).map((value) => ({ value }));
  if (typeof body !== 'object' || body === null)
    throw new Refusal(400, 'BODY_UNREADABLE', 'Expected an event, a list of events or a batch');
  const { events, sentAt } = body as { readonly events?: unknown; readonly sentAt?: unknown };
  if (!Array.isArray(events) || Object.hasOwn(body, 'type')) return [{ value: body }];
  return listed(events, maxEvents).map((value) => ({ value, sentAt }));
}

function listed(list: unknown, maxEvents: number): readonly unknown[] {
  if (!Array.isArray(list)) throw new Refusal(400, 'BODY_UNREADABLE', 'Expected a list of CloudEvents');
  if (list.length > maxEvents) throw tooMany(maxEvents);
  return list;
}

function parsed(bytes: Uint8Array, json: BoundedJson): unknown {
  try {
    return json.parse(bytes);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    // The parser's own message would quote the text.
    throw new Refusal(400, 'BODY_UNREADABLE', 'Expected JSON in UTF-8');
  }
}

const NEWLINE = 0x0a;
const MAX_BLANK_LINES = 1_000_000;

function lines(bytes: Uint8Array, maxEvents: number, json: BoundedJson): readonly BodyItem[] {
  const found: BodyItem[] = [];
  let newlines = 0;
  for (let start = 0; start < bytes.length; start += 1) {
    const byte = bytes[start];
    if (byte === NEWLINE) newlines += 1;
    if (isBlank(byte)) continue;
    if (found.length === maxEvents) throw tooMany(maxEvents);
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline === -1 ? bytes.length : newline;
    found.push(itemOf(bytes.subarray(start, end), json));
    start = end;
  }
  if (newlines > MAX_BLANK_LINES) throw new Refusal(413, 'TOO_MANY_LINES', `Expected at most ${String(MAX_BLANK_LINES)} blank lines`);
  return found;
}

const isBlank = (byte: number | undefined): boolean => byte === 0x20 || byte === NEWLINE || byte === 0x0d || byte === 0x09;

function itemOf(line: Uint8Array, json: BoundedJson): BodyItem {
  try {
    return { value: json.parse(line) };
  } catch (error) {
    if (error instanceof Refusal) throw error;
    return { faults: [{ path: '', expected: 'JSON in UTF-8', got: 'something else' }] };
  }
}
