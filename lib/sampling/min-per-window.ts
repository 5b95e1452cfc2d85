import type { AnalyticsEvent } from '../event/event.js';
import { aFunction, aNumber, anInteger, anObject, checkArgument } from '../internal/check-option.js';
import { comparable } from './array-key.js';
import { DEFAULT_MAX_KEYS, KeyedState } from './keyed-state.js';
import { startRate } from './rate.js';
import { steadyClock } from '../internal/steady-clock.js';
import type { Sampler, SamplingEnv, SamplingStrategy } from './strategy.js';

export interface MinPerWindowOptions<E> {
  /** The share that is kept of what exceeds `minPerWindow`, from 0 to 1. */
  readonly rate: number;
  /** Events of a key that are kept in each window before `rate` applies; a whole number ≥ 0. */
  readonly minPerWindow: number;
  /** Length of a window in milliseconds, ≥ 1. It starts with the first event of its key. */
  readonly windowMs: number;
  /** What the windows are counted by. Arrays of primitives go by what they hold. @default the event's `type` */
  readonly key?: ((event: E) => unknown) | undefined;
  /** Keys that are remembered; beyond them the least recently used one starts a new window. @default 10_000 */
  readonly maxKeys?: number | undefined;
}

/**
 * Keeps the first `minPerWindow` events of a key in each window with weight 1, and the share `rate` of the others with weight 1 / `rate`:
 * rare events are seen, frequent ones are thinned out.
 *
 * ```
 * source   -a-a-a-b-a-a---a-|        { rate: 0.5, minPerWindow: 2, windowMs: 12 }
 * windows  a [-----------)[-
 *                b [-----------
 * weights  -1-1-2-1-0-2---1-|
 * ```
 *
 * With a rate of 1 it keeps no state. The key function's error is the caller's: `sampleBy` books it as `'sampler_error'`.
 *
 * @throws TypeError for an option outside its range
 * @example
 * const sample = sampling.minPerWindow({ rate: 0, minPerWindow: 2, windowMs: 1_000 }).start({ now: () => 0, random: () => 0 });
 * const event = createEvent({ type: 'cache_hit', data: {} });
 * expect([sample(event), sample(event), sample(event)]).to.deep.equal([1, 1, 0]);
 */
export function minPerWindow<E = AnalyticsEvent>(options: MinPerWindowOptions<E>): SamplingStrategy<E> {
  checkArgument('options', options, anObject);
  const { rate, minPerWindow: minKept, windowMs, key = typeOf, maxKeys = DEFAULT_MAX_KEYS } = options;
  checkArgument('rate', rate, aNumber(0, 1));
  checkArgument('minPerWindow', minKept, anInteger(0));
  checkArgument('windowMs', windowMs, aNumber(1));
  checkArgument('key', key, aFunction);
  checkArgument('maxKeys', maxKeys, anInteger(1));
  return Object.freeze<SamplingStrategy<E>>({
    start: (env) => startMinPerWindow(rate, minKept, windowMs, env, (event) => comparable(key(event)), maxKeys),
  });
}

export function startMinPerWindow<E>(
  rate: number,
  minKept: number,
  windowMs: number,
  env: SamplingEnv,
  key: (event: E) => unknown = typeOf,
  maxKeys = DEFAULT_MAX_KEYS,
): Sampler<E> {
  const toss = startRate(rate, env);
  if (rate === 1 || minKept === 0) return toss;
  const clock = steadyClock(() => env.now());
  const windows = new KeyedState<Window>(() => ({ startedAt: -Infinity, kept: 0 }), maxKeys);
  return (event) => {
    const window = windows.of(key(event));
    const now = clock();
    if (now - window.startedAt >= windowMs) {
      window.startedAt = now;
      window.kept = 0;
    }
    // What the coin keeps isn't counted: the quota is used up by then, and only a new window brings another.
    if (window.kept === minKept) return toss(event);
    window.kept += 1;
    return 1;
  };
}

/** What has happened to one key since its window began. */
interface Window {
  startedAt: number;
  kept: number;
}

const typeOf = (event: unknown): unknown => (event as AnalyticsEvent).type;
