import type { BodyFormat } from './body-format.js';
import { fromCloudEvent } from './cloud-event.js';
import type { BodyItem } from './body-item.js';
import { Refusal } from './refusal.js';

/**
 * The items of a body, in order.
 *
 * JSON is a list of events, one of our batches (an object with a list `events`), or one event. A bad line of NDJSON is a bad item; in
 * JSON, a fault in the text is one of the whole.
 *
 * @throws Refusal for text that can't be read, or more than `maxEvents` items
 */
export function parseBody(bytes: Uint8Array, format: BodyFormat, maxEvents: number): readonly BodyItem[] {
  if (format === 'ndjson') return lines(bytes, maxEvents);
  const body = parsed(bytes);
  if (format === 'cloudevent') return [fromCloudEvent(body)];
  const list = format === 'json' ? listed(body) : body;
  if (!Array.isArray(list)) throw new Refusal(400, 'BODY_UNREADABLE', 'Expected a list of CloudEvents');
  if (list.length > maxEvents) throw tooMany(maxEvents);
  return list.map(format === 'json' ? (value: unknown) => ({ value }) : fromCloudEvent);
}

function listed(body: unknown): readonly unknown[] {
  if (Array.isArray(body)) return body;
  if (typeof body !== 'object' || body === null)
    throw new Refusal(400, 'BODY_UNREADABLE', 'Expected an event, a list of events or a batch');
  const { events } = body as { readonly events?: unknown };
  return Array.isArray(events) && !Object.hasOwn(body, 'type') ? events : [body];
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return parseText(bytes);
  } catch {
    // The parser's own message would quote the text.
    throw new Refusal(400, 'BODY_UNREADABLE', 'Expected JSON in UTF-8');
  }
}

const NEWLINE = 0x0a;

function lines(bytes: Uint8Array, maxEvents: number): readonly BodyItem[] {
  const items: BodyItem[] = [];
  for (let start = 0; start < bytes.length;) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline === -1 ? bytes.length : newline;
    const line = bytes.subarray(start, end);
    if (!isBlank(line)) {
      if (items.length === maxEvents) throw tooMany(maxEvents);
      items.push(itemOf(line));
    }
    start = end + 1;
  }
  return items;
}

function itemOf(line: Uint8Array): BodyItem {
  try {
    return { value: parseText(line) };
  } catch {
    return { faults: [{ path: '', expected: 'JSON in UTF-8', got: 'something else' }] };
  }
}

function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}

/** Strict, so that broken text becomes a fault rather than a changed value. Drops a byte order mark. */
function parseText(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
}

const tooMany = (maxEvents: number): Refusal => new Refusal(413, 'TOO_MANY_EVENTS', `Expected at most ${String(maxEvents)} events`);
