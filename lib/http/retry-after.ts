/**
 * The milliseconds that a `Retry-After` header asks for: seconds, or a date, which counts from `now`; `undefined` where it says neither.
 *
 * Source: RFC 9110, 10.2.3 and 5.6.7, with its two obsolete forms of a date.
 */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1_000;
  // All three forms begin with the day of the week; `Date.parse` takes much else for a date.
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text)) return undefined;
  // The form of `asctime` means GMT, and doesn't say so.
  const at = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
