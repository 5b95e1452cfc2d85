import { aDelay, anInteger, anObject, checkOption, MAX_DELAY_MS, oneOf } from '../internal/check-option.js';

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

/**
 * Fills in what is left out: each patch wins over the ones before it.
 *
 * @throws TypeError for an option outside its range
 */
export function resolveLaneOptions(...patches: readonly (LanePatch | undefined)[]): LaneOptions {
  const lane = { ...LANE_DEFAULTS } as { -readonly [K in keyof LaneOptions]: LaneOptions[K] };
  for (const patch of patches) {
    if (patch === undefined) continue;
    const { retry, breaker, ...rest } = patch;
    if (retry !== undefined) checkOption('retry', retry, anObject);
    if (breaker !== undefined && breaker !== false) checkOption('breaker', breaker, { ...anObject, expected: 'an object or false' });
    Object.assign(lane, defined(rest));
    if (retry !== undefined) lane.retry = { ...lane.retry, ...defined(retry) };
    if (breaker !== undefined) lane.breaker = breaker && { ...(lane.breaker || LANE_DEFAULTS.breaker), ...defined(breaker) };
  }
  const { retry, breaker } = lane;
  checkOption('concurrency', lane.concurrency, anInteger(1, true));
  checkOption('overflow', lane.overflow, oneOf(['drop_lowest_priority', 'drop_oldest', 'drop_newest', 'block']));
  checkOption('maxEvents', lane.maxEvents, anInteger(1));
  checkOption('timeoutMs', lane.timeoutMs, aDelay(1));
  checkOption('retry.maxAttempts', retry.maxAttempts, anInteger(1, true));
  checkOption('retry.maxElapsedMs', retry.maxElapsedMs, aDelay());
  checkOption('retry.baseDelayMs', retry.baseDelayMs, aDelay());
  checkOption('retry.maxDelayMs', retry.maxDelayMs, { expected: `a number from 0 to ${String(MAX_DELAY_MS)}`, accepts: isTimerDelay });
  checkOption('retry.jitter', retry.jitter, oneOf(['full', 'none']));
  if (breaker !== false) {
    checkOption('breaker.failures', breaker.failures, anInteger(1));
    checkOption('breaker.openMs', breaker.openMs, aDelay(1));
  }
  return lane;
}

const isTimerDelay = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= MAX_DELAY_MS;

function defined<T extends object>(patch: T): Partial<T> {
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined)) as Partial<T>;
}
