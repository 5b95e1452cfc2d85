import { isSinkError, SinkError, type SinkErrorKind } from '../errors/sink-error.js';

/** SQLite's primary result codes: https://www.sqlite.org/rescode.html */
const CODES: Readonly<Record<number, string>> = {
  3: 'SQLITE_PERM',
  5: 'SQLITE_BUSY',
  6: 'SQLITE_LOCKED',
  7: 'SQLITE_NOMEM',
  8: 'SQLITE_READONLY',
  9: 'SQLITE_INTERRUPT',
  10: 'SQLITE_IOERR',
  11: 'SQLITE_CORRUPT',
  13: 'SQLITE_FULL',
  14: 'SQLITE_CANTOPEN',
  15: 'SQLITE_PROTOCOL',
  18: 'SQLITE_TOOBIG',
  19: 'SQLITE_CONSTRAINT',
  20: 'SQLITE_MISMATCH',
  22: 'SQLITE_NOLFS',
  23: 'SQLITE_AUTH',
  26: 'SQLITE_NOTADB',
};

/** Codes of temporary errors, which are retryable. */
const PASSING: ReadonlySet<string> = new Set([
  'SQLITE_BUSY',
  'SQLITE_LOCKED',
  'SQLITE_NOMEM',
  'SQLITE_INTERRUPT',
  'SQLITE_IOERR',
  'SQLITE_FULL',
  'SQLITE_PROTOCOL',
]);

/** Codes of errors that persist until the file, its path or its permissions are corrected, and are not retryable. */
const LASTING: ReadonlySet<string> = new Set([
  'SQLITE_PERM',
  'SQLITE_READONLY',
  'SQLITE_CORRUPT',
  'SQLITE_CANTOPEN',
  'SQLITE_NOLFS',
  'SQLITE_AUTH',
  'SQLITE_NOTADB',
  'STORE_CLOSED',
  // From creating the folder.
  'ENOENT',
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOTDIR',
  'EEXIST',
  'ENAMETOOLONG',
]);

/** Codes of errors that concern one row: other rows can be stored. */
const OF_THE_ROW: ReadonlySet<string> = new Set(['SQLITE_TOOBIG', 'SQLITE_CONSTRAINT', 'SQLITE_MISMATCH']);

/** Converts an error of a driver or the file system to a `SinkError`. `code` is SQLite's primary code with any driver. */
export function sqliteError(error: unknown, kind: SinkErrorKind = 'write_failed'): SinkError {
  if (isSinkError(error)) return error;
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : 'The event store failed';
  if (code === undefined) return new SinkError(kind, message, { cause: error });
  return new SinkError(kind === 'write_failed' && PASSING.has(code) ? 'unavailable' : kind, message, {
    code,
    retryable: !LASTING.has(code),
    cause: error,
  });
}

/** Whether an error concerns one row only. Drivers throw JavaScript errors for values that they can't bind. */
export function isErrorOfTheRow(error: unknown): boolean {
  const code = codeOf(error);
  return code === undefined ? error instanceof RangeError : OF_THE_ROW.has(code);
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, errcode } = error as { readonly code?: unknown; readonly errcode?: unknown };
  // node:sqlite has the extended code; its lower byte is the primary code.
  if (typeof errcode === 'number') return CODES[errcode & 0xff] ?? `SQLITE_${String(errcode & 0xff)}`;
  if (code === 'ERR_INVALID_STATE' || (error instanceof TypeError && error.message.includes('connection is not open')))
    return 'STORE_CLOSED';
  // better-sqlite3 has the extended code's name: SQLITE_IOERR_WRITE.
  return typeof code === 'string' ? (/^SQLITE_[A-Z]+/.exec(code)?.[0] ?? code) : undefined;
}
