import { isSinkError, SinkError, type SinkErrorKind } from '../errors/sink-error.js';

/**
 * Converts any error to a `SinkError` of this kind; a `SinkError` is returned unchanged. Without `ownCode`, the system's code is used, such as
 * `'ECONNRESET'`.
 */
export function asError(kind: SinkErrorKind, ownCode: string | undefined, message: string): (thrown: unknown) => SinkError {
  return (thrown) => {
    if (isSinkError(thrown)) return thrown;
    const code = ownCode ?? systemCodeOf(thrown);
    return new SinkError(kind, message, { ...(code !== undefined && { code }), cause: thrown });
  };
}

export function failAs(kind: SinkErrorKind, code: string, message: string): (thrown: unknown) => never {
  const toError = asError(kind, code, message);
  return (thrown) => {
    throw toError(thrown);
  };
}

/** The system's code; errors of `fetch` have it in their cause. */
function systemCodeOf(error: unknown): string | undefined {
  const { code, cause } = (error ?? {}) as { readonly code?: unknown; readonly cause?: { readonly code?: unknown } };
  return [code, cause?.code].find((each) => typeof each === 'string');
}
