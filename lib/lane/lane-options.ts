import {
  aBoolean,
  aDelay,
  aNumber,
  anInteger,
  isFunction,
  isObject,
  MAX_DELAY_MS,
  oneOf,
  type Expectation,
} from '../internal/check-option.js';
import { optionsOf, type OptionCheck, type OptionTable } from '../internal/options.js';
import type { LaneStore } from './lane-spool.js';

/** Which events a full lane drops. With `block` the collector refuses new events instead, and `collectAsync` waits. */
export type OverflowPolicy = 'drop_lowest_priority' | 'drop_oldest' | 'drop_newest' | 'block';

/** Every policy, the default first. */
export const OVERFLOW_POLICIES: readonly OverflowPolicy[] = ['drop_lowest_priority', 'drop_oldest', 'drop_newest', 'block'];

/** The policies that drop an event. `'block'` needs a collector, which refuses events. */
export const DROPPING_POLICIES: readonly OverflowPolicy[] = ['drop_lowest_priority', 'drop_oldest', 'drop_newest'];

export interface RetryOptions {
  /** Maximum attempts per batch, including the first. `unavailable` and `timeout` are limited by `maxElapsedMs` instead. @default 5 */
  readonly maxAttempts: number;
  /** Milliseconds from the first attempt within which `unavailable` and `timeout` are retried. @default 300_000; Infinity with `spool` */
  readonly maxElapsedMs: number;
  /** Milliseconds before the first retry; doubles with each further retry. @default 500 */
  readonly baseDelayMs: number;
  /** The longest delay in milliseconds. @default 30_000 */
  readonly maxDelayMs: number;
  /** How often a `rejected` batch that names no events is halved. @default 10 */
  readonly maxSplits: number;
  /** `full` draws each delay uniformly from 0 to its exponential bound. @default 'full' */
  readonly jitter: 'full' | 'none';
}

export interface BreakerOptions {
  /** Consecutive failed attempts that open the breaker. @default 5 */
  readonly failures: number;
  /** Milliseconds for which the breaker stays open before it admits a probe. @default 30_000 */
  readonly openMs: number;
}

/** The delivery of batches to one sink, independent of the others. */
export interface LaneOptions {
  /** The highest number of concurrent attempts; 1 keeps the order of batches. @default 1 */
  readonly concurrency: number;
  /** @default 'drop_lowest_priority' */
  readonly overflow: OverflowPolicy;
  /** Maximum number of events: queued, in flight and awaiting retry. @default the configuration's `queue.maxEvents`, 10_000 */
  readonly maxEvents: number;
  /** Time limit of one attempt in milliseconds; then its signal is aborted. `Infinity` disables it. @default 10_000 */
  readonly timeoutMs: number;
  /** Whether a `rejected` batch that names no events is halved, to find the events that the destination refuses. @default true */
  readonly split: boolean;
  /** When a failed attempt is repeated: exponential back-off. @default 5 attempts, 500 ms to 30 s apart, full jitter, outages for 300 s */
  readonly retry: RetryOptions;
  /** Stops attempts for a while after consecutive failures. `false` disables the breaker. @default 5 failures, 30 s */
  readonly breaker: BreakerOptions | false;
  /** Keeps undelivered batches for the next run of the program. @default memory only */
  readonly spool?: LaneStore | undefined;
}

/** Resolved options of a lane. If `breaker` is missing, it has no breaker. */
export type LaneSettings = Omit<LaneOptions, 'breaker'> & Partial<Pick<LaneOptions, 'breaker'>>;

/** Lane options; all of them may be left out. */
export type LanePatch = {
  readonly [K in keyof Omit<LaneOptions, 'retry' | 'breaker'>]?: LaneOptions[K] | undefined;
} & { readonly retry?: Partial<RetryOptions> | undefined; readonly breaker?: Partial<BreakerOptions> | false | undefined };

const RETRY = /* @__PURE__ */ optionsOf<RetryOptions>(() => ({
  maxAttempts: [anInteger(1, true), 5],
  maxElapsedMs: [aDelay(), 300_000],
  baseDelayMs: [aDelay(), 500],
  maxDelayMs: [aNumber(0, MAX_DELAY_MS), 30_000],
  maxSplits: [anInteger(0), 10],
  jitter: [oneOf(['full', 'none']), 'full'],
}));

/** The options of a circuit breaker. */
export const BREAKER = /* @__PURE__ */ optionsOf<BreakerOptions>(() => ({ failures: [anInteger(1), 5], openMs: [aDelay(1), 30_000] }));

/** A store for durable lanes. */
export const aLaneStore: Expectation = {
  expected: 'a lane store, such as fileSpool()',
  accepts: (value) => isObject(value) && isFunction(value.open) && isFunction(value.createLane),
};

/** The options that every lane has; `policies` are the values of `overflow`, the default first. */
export const laneRows = (policies: readonly OverflowPolicy[]) =>
  ({
    concurrency: [anInteger(1, true), 1],
    overflow: [oneOf(policies), policies[0] ?? 'drop_oldest'],
    maxEvents: [anInteger(1), 10_000],
    timeoutMs: [aDelay(1), 10_000],
    split: [aBoolean, true],
    retry: RETRY,
    spool: [aLaneStore],
  }) as const;

/** The `breaker` option of a lane. */
export const breakerRow = (): OptionCheck => ({
  expected: 'an object or false',
  accepts: (value) => value === false || isObject(value),
  // If a later patch enables a disabled breaker, the patch is merged into the defaults.
  parse: (value, context) =>
    value === false ? false : BREAKER.parse(value, { ...context, base: context?.base === false ? {} : context?.base }),
});

const LANE = /* @__PURE__ */ optionsOf<LaneOptions>(() => ({
  ...laneRows(OVERFLOW_POLICIES),
  breaker: breakerRow(),
}));

/**
 * Resolves the options of a lane. Later patches take precedence over earlier ones, and all of them over the defaults.
 *
 * @throws TypeError for an invalid or unknown option
 */
export function resolveLaneOptions(...patches: readonly (LanePatch | undefined)[]): LaneOptions {
  return resolvePatches(LANE, patches);
}

/** Batches in a store survive any outage, so retries have no time limit. */
const DURABLE: LanePatch = { retry: { maxElapsedMs: Infinity } };
const isDurable = (patch: unknown): boolean => isObject(patch) && patch.spool !== undefined;

/** Like `resolveLaneOptions`, for any table. */
export function resolvePatches<T>(table: OptionTable<T>, patches: readonly unknown[]): T {
  const all = patches.some(isDurable) ? [DURABLE, ...patches] : patches;
  return all.reduce<T>((base, patch) => table.parse(patch, { base }), table.parse({}));
}
