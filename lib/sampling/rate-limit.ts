import type { AnalyticsEvent } from '../event/event.js';
import { aFunction, aNumber, anInteger } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { comparable } from './array-key.js';
import { DEFAULT_MAX_KEYS, KeyedState } from './keyed-state.js';
import { steadyClock } from '../internal/steady-clock.js';
import type { SamplingStrategy } from './strategy.js';

export interface RateLimitOptions<E> {
  /** Events to keep per second in the long run, ≥ 0. */
  readonly perSecond: number;
  /** Number of events that may be kept in a burst after a pause, ≥ 1. @default `perSecond`, at least 1 */
  readonly burst?: number | undefined;
  /** Each key has its own limit. Arrays of primitives are compared by content. @default one limit for all events */
  readonly key?: ((event: E) => unknown) | undefined;
  /** Maximum number of keys with state; the least recently used key is forgotten first, and starts again with a full burst. @default 10_000 */
  readonly maxKeys?: number | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<RateLimitOptions<unknown>, 'burst' | 'key'>(() => ({
  perSecond: aNumber(0),
  burst: [aNumber(1)],
  key: [aFunction],
  maxKeys: [anInteger(1), DEFAULT_MAX_KEYS],
}));

/**
 * Keeps at most `perSecond` events per second on average, and `burst` events at one time. The weight of a kept event is 1 plus the number of events
 * dropped since the last kept event of its key.
 *
 * ```
 * source   a-a-a-a-----a-|        { perSecond: 100, burst: 2 }, 1 frame = 1 ms
 * weights  1-1-0-0-----3-|
 * ```
 *
 * The weight includes only dropped events that the strategy got: inside `all`, put it first, before other strategies drop events. The limit is a
 * token bucket (Turner, "New directions in communications", IEEE Communications Magazine 24, 1986), filled by the clock. A clock that is set back has
 * no effect.
 *
 * @throws TypeError for an invalid or unknown option
 * @example
 * let now = 0;
 * const sample = sampling.rateLimit({ perSecond: 1, burst: 1 }).start({ now: () => now, random: () => 0 });
 * const event = createEvent({ type: 'tool_invoked', data: {} });
 * expect([sample(event), sample(event), sample(event)]).to.deep.equal([1, 0, 0]);
 * now = 1_000;
 * expect(sample(event)).to.equal(3);
 */
export function rateLimit<E = AnalyticsEvent>(options: RateLimitOptions<E>): SamplingStrategy<E> {
  const { perSecond, key, maxKeys, burst = Math.max(1, perSecond) } = OPTIONS.parse(options);
  const perMs = perSecond / 1_000;

  const draw = (bucket: Bucket, now: number): number => {
    bucket.tokens = Math.min(burst, bucket.tokens + (now - bucket.filledAt) * perMs);
    bucket.filledAt = now;
    if (bucket.tokens < ONE) {
      bucket.refused += 1;
      return 0;
    }
    const weight = 1 + bucket.refused;
    bucket.tokens -= 1;
    bucket.refused = 0;
    return weight;
  };
  return Object.freeze<SamplingStrategy<E>>({
    start(env) {
      const clock = steadyClock(() => env.now());
      const fullBucket = (): Bucket => ({ tokens: burst, filledAt: clock(), refused: 0 });
      if (key === undefined) {
        const bucket = fullBucket();
        return () => draw(bucket, clock());
      }
      const buckets = new KeyedState(fullBucket, maxKeys);
      return (event) => draw(buckets.of(comparable(key(event))), clock());
    },
  });
}

/**
 * The tokens that must be available for an event. Slightly less than 1, because ten times 0.1 is, too. The event still costs 1 token, so the limit
 * holds.
 */
const ONE = 1 - 1e-9;

interface Bucket {
  /** The number of tokens at `filledAt`. */
  tokens: number;
  filledAt: number;
  /** Number of events dropped since the last kept one. */
  refused: number;
}
