import { tryGet } from '../internal/try-get.js';

/** The kind of a failed attempt; it decides what the lane does next. */
export type SinkErrorKind = 'unavailable' | 'write_failed' | 'flush_failed' | 'rejected' | 'too_large' | 'timeout';

export interface SinkErrorOptions {
  /** Stable and machine-readable. @default `'SINK_' + kind` in capitals */
  readonly code?: string;
  /** Whether another attempt may succeed. @default false for `rejected` and `too_large`, else true */
  readonly retryable?: boolean;
  /** Milliseconds to wait before the next attempt, as requested by the destination. */
  readonly retryAfterMs?: number;
  /** The events that failed; the rest of the batch was delivered. @default all events of the batch */
  readonly failed?: readonly unknown[];
  /**
   * Events that were refused permanently, whether or not `failed` names them too; the other failed ones are sent again.
   * @default all failed ones, or none if `retryable`
   */
  readonly rejected?: readonly unknown[];
  readonly cause?: unknown;
}

const BRAND = Symbol.for('rx-event-collector/SinkError@1');

/** The error by which a sink reports a failed attempt. Any other error counts as `write_failed`, retryable. */
export class SinkError<E = unknown> extends Error {
  readonly code: string;
  readonly kind: SinkErrorKind;
  readonly retryable: boolean;
  readonly retryAfterMs?: number;
  readonly failed?: readonly E[];
  readonly rejected?: readonly E[];

  constructor(
    kind: SinkErrorKind,
    message: string,
    options: SinkErrorOptions & { readonly failed?: readonly E[]; readonly rejected?: readonly E[] } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'SinkError';
    this.kind = kind;
    this.code = options.code ?? `SINK_${kind.toUpperCase()}`;
    this.retryable = options.retryable ?? (kind !== 'rejected' && kind !== 'too_large');
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
    if (options.failed !== undefined) this.failed = options.failed;
    if (options.rejected !== undefined) this.rejected = options.rejected;
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** Whether `value` is a `SinkError`, of this copy of the package or another. */
export function isSinkError(value: unknown): value is SinkError {
  // A hostile proxy throws when it is read.
  return tryGet(() => typeof value === 'object' && value !== null && BRAND in value) === true;
}

/** Converts any error of a sink to a `SinkError`, by default of the given kind. Never throws. */
export function toSinkError(value: unknown, kind: SinkErrorKind = 'write_failed'): SinkError {
  if (isSinkError(value) && tryGet(() => [value.kind, value.retryable, value.retryAfterMs, value.failed, value.rejected])) return value;
  // Errors of another realm (Jest, iframes) are not `instanceof Error`, some libraries reject with a string, and reading `message` may throw.
  const message: unknown = typeof value === 'string' ? value : tryGet(() => (value as { readonly message?: unknown }).message);
  return new SinkError(kind, typeof message === 'string' && message !== '' ? message : 'The sink failed with an error without a message', {
    cause: value,
  });
}
