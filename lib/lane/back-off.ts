import type { RetryOptions } from './lane-options.js';

/** The longest `Retry-After` that is honoured. */
export const MAX_RETRY_AFTER_MS = 300_000;

/**
 * Milliseconds to wait after the `failures`-th failed attempt (from 1): exponential, with full jitter unless it is switched off.
 *
 * Full jitter draws from the whole interval [0, bound): it spreads clients that failed together better than any narrower draw does.
 * Source: Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export function backOffMs({ baseDelayMs, maxDelayMs, jitter }: RetryOptions, failures: number, random: () => number): number {
  const boundMs = Math.min(maxDelayMs, baseDelayMs * 2 ** (failures - 1));
  return jitter === 'full' ? random() * boundMs : boundMs;
}
