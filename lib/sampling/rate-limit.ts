import type { AnalyticsEvent } from '../event/event.js';
import { aFunction, aNumber, anInteger, anObject, checkArgument } from '../internal/check-option.js';
import { comparable } from './array-key.js';
import { DEFAULT_MAX_KEYS, KeyedState } from './keyed-state.js';
import { steadyClock } from '../internal/steady-clock.js';
import type { SamplingStrategy } from './strategy.js';

export interface RateLimitOptions<E> {
  /** Events per second that are kept in the long run, ≥ 0. */
  readonly perSecond: number;
  /** Events that are kept at once after a pause, ≥ 1. @default `perSecond`, at least 1 */
  readonly burst?: number | undefined;
  /** What is limited separately. Arrays of primitives go by what they hold. @default everything together */
  readonly key?: ((event: E) => unknown) | undefined;
  /** Keys that are remembered; beyond them the least recently used one starts afresh, with a full burst. @default 10_000 */
  readonly maxKeys?: number | undefined;
}

/**
 * Keeps at most `perSecond` events a second, and `burst` at once. A kept event's weight is 1 plus the number of those refused since the
 * last kept one of its key.
 *
 * ```
 * source   a-a-a-a-----a-|        { perSecond: 100, burst: 2 }, 1 frame = 1 ms
 * weights  1-1-0-0-----3-|
 * ```
 *
 * It counts what it is offered: inside `all`, put it first, before others have thinned the stream out. The limit is a token bucket
 * (Turner, "New directions in communications", IEEE Communications Magazine 24, 1986), filled by the clock; one that goes back is
 * harmless.
 *
 * @throws TypeError for an option outside its range
 * @example
 * let now = 0;
 * const sample = sampling.rateLimit({ perSecond: 1, burst: 1 }).start({ now: () => now, random: () => 0 });
 * const event = createEvent({ type: 'tool_invoked', data: {} });
 * expect([sample(event), sample(event), sample(event)]).to.deep.equal([1, 0, 0]);
 * now = 1_000;
 * expect(sample(event)).to.equal(3);
 */
export function rateLimit<E = AnalyticsEvent>(options: RateLimitOptions<E>): SamplingStrategy<E> {
  checkArgument('options', options, anObject);
  const { perSecond, burst = Math.max(1, perSecond), key, maxKeys = DEFAULT_MAX_KEYS } = options;
  checkArgument('perSecond', perSecond, aNumber(0));
  checkArgument('burst', burst, aNumber(1));
  if (key !== undefined) checkArgument('key', key, aFunction);
  checkArgument('maxKeys', maxKeys, anInteger(1));
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

/** Ten times 0.1 is a little less than 1. The difference is owed, so that nothing is gained by it. */
const ONE = 1 - 1e-9;

interface Bucket {
  /** As of `filledAt`. */
  tokens: number;
  filledAt: number;
  /** Since the last one that was kept. */
  refused: number;
}
