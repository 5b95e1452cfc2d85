import { tryGet } from '../internal/try-get.js';

/** The last instant that a `Date` can hold. */
export const MAX_EPOCH_MS = 8.64e15;

const ISO_8601 = /^(\d{4})-(\d\d)-(\d\d)(?:T\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d(?::?\d\d)?))?$/i;

/**
 * Converts a number, a `Date` or an ISO 8601 string to milliseconds since the epoch. Returns `undefined` for anything else, and for a time before
 * 1970 or after the last one of a `Date`. A `Date` may be from another realm, such as a frame.
 *
 * A string is a date, or a date and time with a UTC offset: without an offset, the result would depend on the local time zone.
 */
export function epochMs(value: unknown): number | undefined {
  const time =
    typeof value === 'string' ? parsed(value) : typeof value === 'object' ? tryGet(() => Date.prototype.getTime.call(value)) : value;
  return typeof time === 'number' && time >= 0 && time <= MAX_EPOCH_MS ? time : undefined;
}

function parsed(text: string): number | undefined {
  const [, year, month, day] = ISO_8601.exec(text) ?? [];
  // `Date.parse` reads February 30 as March 1.
  if (year === undefined || Number(day) > new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()) return undefined;
  return Date.parse(standard(text));
}

/** Converts to the format that ECMAScript defines: capital letters, a decimal point, and offsets with a colon. */
function standard(text: string): string {
  const [date = '', time] = text.toUpperCase().split('T');
  if (time === undefined) return date;
  return `${date}T${time.replace(',', '.').replace(/([+-]\d\d):?(\d\d)?$/, (_, hours: string, minutes = '00') => `${hours}:${String(minutes)}`)}`;
}
