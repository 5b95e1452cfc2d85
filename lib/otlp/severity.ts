import type { ErrorSeverity } from '../event/payloads.js';

/** The `SeverityNumber` of OTLP for the severity of an `ErrorData`. */
const NUMBERS: Readonly<Record<ErrorSeverity, number>> = { debug: 5, info: 9, warning: 13, error: 17, critical: 21 };

/** The severity fields of an error event's record, each followed by a comma; empty if its data has no known severity. */
export function severityJson(data: unknown): string {
  const severity = typeof data === 'object' && data !== null ? (data as { readonly severity?: unknown }).severity : undefined;
  if (typeof severity !== 'string' || !Object.hasOwn(NUMBERS, severity)) return '';
  return `"severityNumber":${String(NUMBERS[severity as ErrorSeverity])},"severityText":"${severity}",`;
}
