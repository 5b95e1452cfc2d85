import { isSinkError, SinkError, type SinkErrorKind } from '../errors/sink-error.js';
import { tryGet } from '../internal/try-get.js';

/** Error codes by the name of a `DOMException`; `SPOOL_UNAVAILABLE` for other names. */
const CODES: Readonly<Record<string, string>> = { QuotaExceededError: 'SPOOL_FULL', VersionError: 'SPOOL_FORMAT' };

/** Converts an error of IndexedDB or Web Locks into a `SinkError`. */
export function databaseError(error: unknown, context: string, kind: SinkErrorKind = 'write_failed'): SinkError {
  if (isSinkError(error)) return error;
  const { name = 'Error', message = '' } = tryGet(() => ({ name: (error as Error).name, message: (error as Error).message })) ?? {};
  return new SinkError(kind, `${context}: ${name}${message && ` (${message})`}`, {
    code: CODES[name] ?? 'SPOOL_UNAVAILABLE',
    cause: error,
  });
}
