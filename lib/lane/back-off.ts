import type { SinkError } from '../errors/sink-error.js';
import type { RetryOptions } from './lane-options.js';

/** A longer `Retry-After` is reduced to this. */
export const MAX_RETRY_AFTER_MS = 300_000;

/** The wait after `Retry-After: 0`: without a wait, the sink would be flooded. */
const MIN_REQUESTED_DELAY_MS = 100;

/** The shortest wait of a retry beyond `maxAttempts`, which doesn't limit retries during outages. */
const MIN_ENDLESS_DELAY_MS = 1;

/** The attempts of a batch so far. */
export interface AttemptHistory {
  readonly attempts: number;
  /** Milliseconds on the lane's clock. */
  readonly firstAttemptAt?: number;
}

/** The wait before the next attempt. */
export interface NextAttempt {
  readonly delayMs: number;
  /** The sink requested the wait (`Retry-After`): no deadline shortens it. */
  readonly isRequested: boolean;
}

/**
 * The wait before a failed batch is attempted again; `undefined` if it is not.
 *
 * `rejected` and `too_large` are never retried. During an outage (`unavailable`, `timeout`), time and not the number of attempts is limited: retries
 * start within `maxElapsedMs`, and a wait that would end later is not started. Other kinds are retried up to `maxAttempts`.
 */
export function nextAttempt(
  error: SinkError,
  { attempts, firstAttemptAt }: AttemptHistory,
  retry: RetryOptions,
  now: number,
  random: () => number,
): NextAttempt | undefined {
  const { kind, retryable, retryAfterMs } = error;
  const isOutage = kind === 'unavailable' || kind === 'timeout';
  if (!retryable || kind === 'rejected' || kind === 'too_large') return undefined;
  if (!isOutage && attempts >= retry.maxAttempts) return undefined;
  const isRequested = retryAfterMs !== undefined && retryAfterMs >= 0;
  // Retries during an outage need a delay: without one, virtual time would never advance.
  const minMs = isOutage && attempts >= retry.maxAttempts ? MIN_ENDLESS_DELAY_MS : 0;
  const delayMs = isRequested
    ? Math.min(retryAfterMs < 1 ? MIN_REQUESTED_DELAY_MS : retryAfterMs, MAX_RETRY_AFTER_MS)
    : Math.max(minMs, backOffMs(retry, attempts, random));
  // A sink that requests a wait is expected to be available after it, so this wait doesn't count.
  const elapsedMs = now + (isRequested ? 0 : delayMs) - (firstAttemptAt ?? now);
  return isOutage && elapsedMs > retry.maxElapsedMs ? undefined : { delayMs, isRequested };
}

/**
 * Milliseconds to wait after the `failures`-th failed attempt (from 1): exponential, with full jitter unless it is disabled.
 *
 * Full jitter draws from the whole interval [0, bound): it spreads clients that failed together better than a narrower interval. Source: Marc
 * Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export function backOffMs({ baseDelayMs, maxDelayMs, jitter }: RetryOptions, failures: number, random: () => number): number {
  // The exponent is limited: a delay of 0 must stay 0, but 0 × Infinity is NaN.
  const boundMs = Math.min(maxDelayMs, baseDelayMs * 2 ** Math.min(failures - 1, 64));
  return jitter === 'full' ? random() * boundMs : boundMs;
}
