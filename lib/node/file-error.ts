import { isSinkError, SinkError, type SinkErrorKind } from '../errors/sink-error.js';

/** Codes of temporary errors, which are retryable. */
const PASSING: ReadonlySet<string> = new Set([
  'ENOSPC',
  'EDQUOT',
  'EMFILE',
  'ENFILE',
  'EAGAIN',
  'EBUSY',
  'EIO',
  'EINTR',
  'ENOMEM',
  'ETIMEDOUT',
]);

/** Codes of errors that persist until the path or its permissions are corrected, and are not retryable. */
const LASTING: ReadonlySet<string> = new Set([
  'EACCES',
  'EPERM',
  'EROFS',
  'EISDIR',
  'ENOTDIR',
  'ENOENT',
  'EEXIST',
  'EINVAL',
  'ELOOP',
  'ENAMETOOLONG',
  'ERR_INVALID_ARG_VALUE',
]);

/** Returns a function that throws a file system's error as a `SinkError` of this kind, or of a more precise one. */
export function failAs(kind: SinkErrorKind): (error: unknown) => never {
  return (error) => {
    if (isSinkError(error)) throw error;
    const code = typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
    const message = error instanceof Error ? error.message : 'The file could not be written';
    if (code === undefined) throw new SinkError(kind, message, { cause: error });
    throw new SinkError(kind === 'write_failed' && PASSING.has(code) ? 'unavailable' : kind, message, {
      code,
      retryable: !LASTING.has(code),
      cause: error,
    });
  };
}
