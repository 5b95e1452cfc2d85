import { batchOf } from '../event/batch-of.js';
import { eventJson, eventsJson } from '../event/event-json.js';
import type { EventBatch } from '../event/event.js';
import { isObject } from '../internal/check-option.js';

/** The JSON of a batch. Unreadable events are left out, and added to `unreadable`. `undefined` if no event can be read. */
export function jsonOf<E>({ events, ...envelope }: EventBatch<E>, unreadable: Set<unknown>): string | undefined {
  let array: string;
  try {
    array = eventsJson(events);
  } catch {
    const texts: string[] = [];
    for (const event of events) {
      try {
        texts.push(eventJson(event));
      } catch {
        unreadable.add(event);
      }
    }
    if (texts.length === 0) return undefined;
    array = `[${texts.join()}]`;
  }
  return `${JSON.stringify(envelope).slice(0, -1)},"events":${array}}`;
}

/** The batch that JSON holds; `undefined` if it is damaged. */
export function batchIn<E>(json: string): EventBatch<E> | undefined {
  try {
    const batch: unknown = JSON.parse(json);
    return isObject(batch) && Array.isArray(batch.events) && batch.events.length > 0
      ? batchOf(batch as unknown as EventBatch<E>)
      : undefined;
  } catch {
    return undefined;
  }
}
