import type { AnalyticsEvent } from '../event/event.js';
import { aFunction, aNumber, anInteger } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { comparable } from './array-key.js';
import { DEFAULT_MAX_KEYS, KeyedState } from './keyed-state.js';
import { startRate } from './rate.js';
import { steadyClock } from '../internal/steady-clock.js';
import type { Sampler, SamplingEnv, SamplingStrategy } from './strategy.js';

export interface MinPerWindowOptions<E> {
  /** The fraction of events to keep beyond `minPerWindow`, from 0 to 1. */
  readonly rate: number;
  /** Number of events per key and window that are kept before `rate` applies, ≥ 0. */
  readonly minPerWindow: number;
  /** Length of a window in milliseconds, ≥ 1. It starts with the first event of its key. */
  readonly windowMs: number;
  /** Each key has its own windows. Arrays of primitives are compared by content. @default the event's `type` */
  readonly key?: ((event: E) => unknown) | undefined;
  /** Maximum number of keys with state; the least recently used key is forgotten first. @default 10_000 */
  readonly maxKeys?: number | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<MinPerWindowOptions<unknown>>(() => ({
  rate: aNumber(0, 1),
  minPerWindow: anInteger(0),
  windowMs: aNumber(1),
  key: [aFunction, typeOf],
  maxKeys: [anInteger(1), DEFAULT_MAX_KEYS],
}));

/**
 * Keeps the first `minPerWindow` events of a key in each window with weight 1, and a fraction `rate` of the others with weight 1 / `rate`. So rare
 * events are always kept, and frequent ones are sampled.
 *
 * ```
 * source   -a-a-a-b-a-a---a-|        { rate: 0.5, minPerWindow: 2, windowMs: 12 }
 * windows  a [-----------)[-
 *                b [-----------
 * weights  -1-1-2-1-0-2---1-|
 * ```
 *
 * With a rate of 1 it has no state. If `key` throws, `sampleBy` drops the event as `'sampler_error'`.
 *
 * @throws TypeError for an invalid or unknown option
 * @example
 * const sample = sampling.minPerWindow({ rate: 0, minPerWindow: 2, windowMs: 1_000 }).start({ now: () => 0, random: () => 0 });
 * const event = createEvent({ type: 'cache_hit', data: {} });
 * expect([sample(event), sample(event), sample(event)]).to.deep.equal([1, 1, 0]);
 */
export function minPerWindow<E = AnalyticsEvent>(options: MinPerWindowOptions<E>): SamplingStrategy<E> {
  const { rate, minPerWindow: minKept, windowMs, key, maxKeys } = OPTIONS.parse(options);
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
    // The quota is used up until the next window, so the event is drawn and not counted.
    if (window.kept === minKept) return toss(event);
    window.kept += 1;
    return 1;
  };
}

/** The current window of one key. */
interface Window {
  startedAt: number;
  kept: number;
}

function typeOf(event: unknown): unknown {
  return (event as AnalyticsEvent).type;
}
