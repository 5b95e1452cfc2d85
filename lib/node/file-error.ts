import { SinkError, type SinkErrorKind } from '../errors/sink-error.js';

/** They pass: by themselves, or when someone makes room. */
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

/** They stay until someone corrects the path or its rights: a retry within minutes can't help. */
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
]);

/** Trampoline what the file system threw into a `SinkError` of that kind, or of a better one. */
export function failAs(kind: SinkErrorKind): (error: unknown) => never {
  return (error) => {
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
