import { aDelay, aNumber, anInteger, isObject, MAX_DELAY_MS, oneOf } from '../internal/check-option.js';
import { fillIn, type Shape } from '../internal/fill-in.js';

/** What gives way when a lane is full. `block` refuses at the collector's door instead. */
export type OverflowPolicy = 'drop_lowest_priority' | 'drop_oldest' | 'drop_newest' | 'block';

export interface RetryOptions {
  /** Attempts in all, the first included; `unavailable` and `timeout` go by `maxElapsedMs` instead. @default 5 */
  readonly maxAttempts: number;
  /** Milliseconds from the first attempt within which `unavailable` and `timeout` are retried. @default 300_000 */
  readonly maxElapsedMs: number;
  /** Milliseconds before the first retry; doubles with each further one. @default 500 */
  readonly baseDelayMs: number;
  /** Milliseconds that a delay never exceeds. @default 30_000 */
  readonly maxDelayMs: number;
  /** `full` draws each delay uniformly from 0 to its exponential bound. @default 'full' */
  readonly jitter: 'full' | 'none';
}

export interface BreakerOptions {
  /** Consecutive failed attempts that open the breaker. @default 5 */
  readonly failures: number;
  /** Milliseconds that it stays open before one probe is let through. @default 30_000 */
  readonly openMs: number;
}

/** How one sink is treated, whatever happens to the others. */
export interface LaneOptions {
  /** Attempts in flight at most; at 1 the order is kept. @default 1 */
  readonly concurrency: number;
  /** @default 'drop_lowest_priority' */
  readonly overflow: OverflowPolicy;
  /** Events queued, in flight and awaiting retry together. @default the configuration's `queue.maxEvents`, 10_000 */
  readonly maxEvents: number;
  /** Milliseconds for the whole of one attempt; then its signal is aborted. `Infinity`: no limit. @default 10_000 */
  readonly timeoutMs: number;
  readonly retry: RetryOptions;
  /** `false`: no breaker. */
  readonly breaker: BreakerOptions | false;
}

/** Lane options with anything left out. */
export type LanePatch = {
  readonly [K in keyof Omit<LaneOptions, 'retry' | 'breaker'>]?: LaneOptions[K] | undefined;
} & { readonly retry?: Partial<RetryOptions> | undefined; readonly breaker?: Partial<BreakerOptions> | false | undefined };

export const LANE_DEFAULTS: LaneOptions & { readonly breaker: BreakerOptions } = {
  concurrency: 1,
  overflow: 'drop_lowest_priority',
  maxEvents: 10_000,
  timeoutMs: 10_000,
  retry: { maxAttempts: 5, maxElapsedMs: 300_000, baseDelayMs: 500, maxDelayMs: 30_000, jitter: 'full' },
  breaker: { failures: 5, openMs: 30_000 },
};

const RETRY: Shape = {
  maxAttempts: anInteger(1, true),
  maxElapsedMs: aDelay(),
  baseDelayMs: aDelay(),
  maxDelayMs: aNumber(0, MAX_DELAY_MS),
  jitter: oneOf(['full', 'none']),
};
const BREAKER: Shape = { failures: anInteger(1), openMs: aDelay(1) };
const LANE: Shape = {
  concurrency: anInteger(1, true),
  overflow: oneOf(['drop_lowest_priority', 'drop_oldest', 'drop_newest', 'block']),
  maxEvents: anInteger(1),
  timeoutMs: aDelay(1),
  retry: RETRY,
  breaker: { expected: 'an object or false', accepts: (value) => value === false || isObject(value) },
};

/**
 * Fills in what is left out: each patch wins over the ones before it.
 *
 * @throws TypeError for an option outside its range, and for one that there is not
 */
export function resolveLaneOptions(...patches: readonly (LanePatch | undefined)[]): LaneOptions {
  return patches.reduce<LaneOptions>((before, patch) => {
    const lane = fillIn(LANE, patch, before);
    // Switched on again, a breaker has its defaults.
    const breaker = lane.breaker && fillIn(BREAKER, lane.breaker, before.breaker || LANE_DEFAULTS.breaker, undefined, 'breaker');
    return { ...lane, breaker };
  }, LANE_DEFAULTS);
}
