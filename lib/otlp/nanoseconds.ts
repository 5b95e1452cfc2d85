/** The first millisecond that 64 bits of nanoseconds can't hold: July 2554. */
const END_MS = 18_446_744_073_709;

/** OTLP's value for an unknown time, used for times that it can't represent. */
export const UNKNOWN_TIME = '0';

/** Converts milliseconds since the epoch to a decimal number of nanoseconds, which a double can't represent. Fractions are rounded to the nanosecond. */
export function nanoseconds(ms: unknown): string {
  if (typeof ms !== 'number' || !(ms > 0 && ms < END_MS)) return UNKNOWN_TIME;
  const whole = Math.floor(ms);
  const rest = Math.round((ms - whole) * 1e6);
  if (rest === 1e6) return `${String(whole + 1)}000000`;
  return whole === 0 ? String(rest) : `${String(whole)}${String(rest).padStart(6, '0')}`;
}
