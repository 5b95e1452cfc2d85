/** The first millisecond that 64 bits of nanoseconds can't hold: July 2554. */
const END_MS = 18_446_744_073_709;

/** `'0'`, which stands for an unknown time, if OTLP can't hold it. */
export const UNKNOWN_TIME = '0';

/** Milliseconds since the epoch, whole or not, as a decimal number of nanoseconds. Doubles can't hold it; fractions are rounded to the nanosecond. */
export function nanoseconds(ms: unknown): string {
  if (typeof ms !== 'number' || !(ms > 0 && ms < END_MS)) return UNKNOWN_TIME;
  const whole = Math.floor(ms);
  const rest = Math.round((ms - whole) * 1e6);
  if (rest === 1e6) return `${String(whole + 1)}000000`;
  return whole === 0 ? String(rest) : `${String(whole)}${String(rest).padStart(6, '0')}`;
}
