import { isSinkError, SinkError, type SinkErrorKind } from '../errors/sink-error.js';

/** SQLite's primary result codes that mean something to a store: https://www.sqlite.org/rescode.html */
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

/** They pass: by themselves, or when someone makes room. */
const PASSING: ReadonlySet<string> = new Set([
  'SQLITE_BUSY',
  'SQLITE_LOCKED',
  'SQLITE_NOMEM',
  'SQLITE_INTERRUPT',
  'SQLITE_IOERR',
  'SQLITE_FULL',
  'SQLITE_PROTOCOL',
]);

/** They stay until someone mends the file, its path or its rights: a retry within minutes can't help. */
const LASTING: ReadonlySet<string> = new Set([
  'SQLITE_PERM',
  'SQLITE_READONLY',
  'SQLITE_CORRUPT',
  'SQLITE_CANTOPEN',
  'SQLITE_NOLFS',
  'SQLITE_AUTH',
  'SQLITE_NOTADB',
  'STORE_CLOSED',
  // Of the folder that was to be made.
  'ENOENT',
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOTDIR',
  'EEXIST',
  'ENAMETOOLONG',
]);

/** What is wrong with one row, and would not be with another. */
const OF_THE_ROW: ReadonlySet<string> = new Set(['SQLITE_TOOBIG', 'SQLITE_CONSTRAINT', 'SQLITE_MISMATCH']);

/** What a driver, or the file system, threw, as a `SinkError` whose `code` is SQLite's primary one, whichever driver it was. */
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

/** Whether another row could have been written. Drivers refuse what they can't bind with errors of the language. */
export function isErrorOfTheRow(error: unknown): boolean {
  const code = codeOf(error);
  return code === undefined ? error instanceof RangeError : OF_THE_ROW.has(code);
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, errcode } = error as { readonly code?: unknown; readonly errcode?: unknown };
  // node:sqlite gives an extended code, the lower byte of which is the primary one.
  if (typeof errcode === 'number') return CODES[errcode & 0xff] ?? `SQLITE_${String(errcode & 0xff)}`;
  if (code === 'ERR_INVALID_STATE' || (error instanceof TypeError && error.message.includes('connection is not open')))
    return 'STORE_CLOSED';
  // better-sqlite3 names it: SQLITE_IOERR_WRITE.
  return typeof code === 'string' ? (/^SQLITE_[A-Z]+/.exec(code)?.[0] ?? code) : undefined;
}
