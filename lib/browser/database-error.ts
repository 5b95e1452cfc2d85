import { isSinkError, SinkError, type SinkErrorKind } from '../errors/sink-error.js';
import { tryGet } from '../internal/try-get.js';

/** Names of the DOMExceptions that have a code of their own. */
const CODES: Readonly<Record<string, string>> = { QuotaExceededError: 'SPOOL_FULL', VersionError: 'SPOOL_FORMAT' };

/** Converts what IndexedDB or Web Locks failed with into a `SinkError`. */
export function databaseError(error: unknown, context: string, kind: SinkErrorKind = 'write_failed'): SinkError {
  if (isSinkError(error)) return error;
  const { name = 'Error', message = '' } = tryGet(() => ({ name: (error as Error).name, message: (error as Error).message })) ?? {};
  return new SinkError(kind, `${context}: ${name}${message && ` (${message})`}`, {
    code: CODES[name] ?? 'SPOOL_UNAVAILABLE',
    cause: error,
  });
}
