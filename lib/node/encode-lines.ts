import { eventJson } from '../event/event-json.js';

/** One line of JSON per event. Events that can't be encoded are returned separately, with the first error. */
export function encodeLines<E>(events: readonly E[]): { readonly lines: string; readonly failed: readonly E[]; readonly cause: unknown } {
  let lines = '';
  let cause: unknown;
  const failed: E[] = [];
  for (const event of events) {
    try {
      lines += `${eventJson(event)}\n`;
    } catch (error) {
      if (failed.push(event) === 1) cause = error;
    }
  }
  return { lines, failed, cause };
}
