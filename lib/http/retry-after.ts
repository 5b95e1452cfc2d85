/**
 * The delay of a `Retry-After` header in milliseconds; `undefined` if it is missing or invalid.
 *
 * A date is compared with the answer's own `Date` header, so that a wrong clock on either side doesn't matter; without that header, with `now`.
 *
 * Source: RFC 9110, 10.2.3 and 5.6.7, including the two obsolete date formats.
 */
export function retryAfterMs(header: string | null | undefined, date: string | null | undefined, now: () => number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1_000;
  const at = parseDate(text);
  return at === undefined ? undefined : Math.max(0, at - (parseDate(date?.trim() ?? '') ?? now()));
}

function parseDate(text: string): number | undefined {
  // All three formats begin with the day of the week; `Date.parse` accepts many others. The `asctime` format means GMT but doesn't contain it.
  const at = /^[A-Z][a-z]+,? /.test(text) ? Date.parse(text.endsWith('GMT') ? text : `${text} GMT`) : NaN;
  return Number.isNaN(at) ? undefined : at;
}
