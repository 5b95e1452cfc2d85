import type { SinkError } from '../errors/sink-error.js';
import type { RetryOptions } from './lane-options.js';

/** The longest `Retry-After` that is honoured. */
export const MAX_RETRY_AFTER_MS = 300_000;

/** The shortest wait of a retry beyond `maxAttempts`, which bounds all but outages. */
const MIN_ENDLESS_DELAY_MS = 1;

/** What has been tried with a batch so far. */
export interface Tried {
  readonly attempts: number;
  /** In the clock's milliseconds. */
  readonly firstAttemptAt?: number;
}

/** When to try again. `asTold`: the sink named the time itself, and not even a deadline makes it come sooner. */
export interface NextAttempt {
  readonly at: number;
  readonly asTold: boolean;
}

/**
 * When a batch that has just failed is to be tried again; `undefined` when it is not.
 *
 * `rejected` never is, and neither is `too_large`. An outage (`unavailable`, `timeout`) passes with time, not with the number of attempts: it is
 * retried within `maxElapsedMs`, and a wait that would end later is not begun. The rest is retried up to `maxAttempts`.
 */
export function nextAttempt(
  error: SinkError,
  { attempts, firstAttemptAt }: Tried,
  retry: RetryOptions,
  now: number,
  random: () => number,
): NextAttempt | undefined {
  const { kind, retryable, retryAfterMs } = error;
  const isOutage = kind === 'unavailable' || kind === 'timeout';
  if (!retryable || kind === 'rejected' || kind === 'too_large') return undefined;
  if (!isOutage && attempts >= retry.maxAttempts) return undefined;
  const asTold = retryAfterMs !== undefined && retryAfterMs >= 0;
  const delayMs = asTold ? Math.min(retryAfterMs, MAX_RETRY_AFTER_MS) : backOffMs(retry, attempts, random);
  // What only time ends must let some pass: with no delay at all, virtual time would stand still for ever.
  const isEndless = isOutage && attempts >= retry.maxAttempts;
  const at = now + (isEndless ? Math.max(MIN_ENDLESS_DELAY_MS, delayMs) : delayMs);
  // A sink that names the time is believed to be there then: what counts is how long it has been tried so far.
  const elapsedMs = (asTold ? now : at) - (firstAttemptAt ?? now);
  return isOutage && elapsedMs > retry.maxElapsedMs ? undefined : { at, asTold };
}

/**
 * Milliseconds to wait after the `failures`-th failed attempt (from 1): exponential, with full jitter unless it is switched off.
 *
 * Full jitter draws from the whole interval [0, bound): it spreads clients that failed together better than any narrower draw does.
 * Source: Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export function backOffMs({ baseDelayMs, maxDelayMs, jitter }: RetryOptions, failures: number, random: () => number): number {
  // The exponent is kept finite: no delay at all, however often it is doubled, stays none.
  const boundMs = Math.min(maxDelayMs, baseDelayMs * 2 ** Math.min(failures - 1, 64));
  return jitter === 'full' ? random() * boundMs : boundMs;
}
