import { isSinkError, SinkError, type SinkErrorKind } from '../errors/sink-error.js';
import { tryGet } from '../internal/try-get.js';

/**
 * Converts an error of a driver. The first two characters of an SQLSTATE are its class: https://www.postgresql.org/docs/current/errcodes-appendix.html
 *
 * An error without SQLSTATE comes from the connection: refused, reset, ended, or not answered in time.
 *
 * Errors of the table, the role or the database are `unavailable`, too: the events are valid, and can be stored after a missing migration or grant
 * was added. Only the lane's `maxElapsedMs` limits the retries.
 */
export function postgresError(error: unknown): SinkError {
  if (isSinkError(error)) return error;
  const code = sqlStateOf(error);
  const message = messageOf(error) || 'No answer from PostgreSQL';
  if (code === undefined) return new SinkError('unavailable', message, { code: systemCodeOf(error) ?? 'NO_CONNECTION', cause: error });
  const hint = HINTS[code] ?? HINTS[code.slice(0, 2)] ?? '';
  return new SinkError(KINDS[code] ?? KINDS[code.slice(0, 2)] ?? 'unavailable', message + hint, { code, cause: error });
}

const KINDS: Readonly<Record<string, SinkErrorKind>> = {
  // query_canceled: `statement_timeout`, or an administrator.
  '57014': 'timeout',
  // Neither a retry nor a migration helps if the server doesn't support the statement or its data is damaged.
  '42601': 'write_failed',
  '0A': 'write_failed',
  F0: 'write_failed',
  XX: 'write_failed',
};

const HINTS: Readonly<Record<string, string>> = {
  '28': '. Check the user, the password and pg_hba.conf',
  '42501': '. The role of the sink needs the privileges INSERT and SELECT on the table',
  '42703': '. The table lacks a column: compare it with `eventTableSql()`',
  '42804': '. A column has another type: compare it with `eventTableSql()`',
  '42P01': '. Create the table with `createTable()`, or by the SQL of `eventTableSql()`',
  '42P10': '. The table needs a unique index on `id`: compare it with `eventTableSql()`',
};

/**
 * Whether other events can still be stored: invalid data, a violated constraint, a limit of PostgreSQL, an error raised by a trigger, or a text that
 * is too long for JavaScript.
 */
export function isErrorOfEvents(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === undefined ? tryGet(() => error instanceof RangeError) === true : /^(?:22|23|44|54|P0)/.test(state);
}

/** Classes begin with a digit, F, H, P or X: Node's code `EPIPE` is not a SQLSTATE. */
export function sqlStateOf(error: unknown): string | undefined {
  const code = codeOf(error);
  return code !== undefined && /^[\dFHPX][\dA-Z]{4}$/.test(code) ? code : undefined;
}

function systemCodeOf(error: unknown): string | undefined {
  const code = codeOf(error);
  return code !== undefined && /^E[A-Z_]+$/.test(code) ? code : undefined;
}

function codeOf(error: unknown): string | undefined {
  const code = tryGet(() => (error as { readonly code?: unknown }).code);
  return typeof code === 'string' ? code : undefined;
}

function messageOf(error: unknown): string {
  const message = tryGet(() => (error as { readonly message?: unknown }).message);
  return typeof message === 'string' ? message : '';
}
