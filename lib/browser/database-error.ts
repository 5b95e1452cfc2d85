import { isSinkError, SinkError, type SinkErrorKind } from '../errors/sink-error.js';
import { tryGet } from '../internal/try-get.js';

/** Error codes by the name of a `DOMException`; `SPOOL_UNAVAILABLE` for other names. */
const CODES: ReadonlyMap<string, string> = /* @__PURE__ */ new Map([
  ['QuotaExceededError', 'SPOOL_FULL'],
  ['VersionError', 'SPOOL_FORMAT'],
]);

/** Converts an error of IndexedDB or Web Locks into a `SinkError`. */
export function databaseError(error: unknown, context: string, kind: SinkErrorKind = 'write_failed'): SinkError {
  if (isSinkError(error)) return error;
  const { name, message } = tryGet(() => textsOf(error as Details)) ?? textsOf({});
  return new SinkError(kind, `${context}: ${name}${message && ` (${message})`}`, {
    code: CODES.get(name) ?? 'SPOOL_UNAVAILABLE',
    cause: error,
  });
}

interface Details {
  readonly name?: unknown;
  readonly message?: unknown;
}

const textsOf = ({ name = 'Error', message = '' }: Details): Readonly<Record<keyof Details, string>> => ({
  name: String(name),
  message: String(message),
});
