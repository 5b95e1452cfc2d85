import type { AnalyticsEvent } from '../event/event.js';
import { aFunction, anInteger, anObject, checkArgument, type Expectation } from '../internal/check-option.js';
import { comparable } from './array-key.js';
import { DEFAULT_MAX_KEYS, KeyedState } from './keyed-state.js';
import { steadyClock } from '../internal/steady-clock.js';
import type { SamplingStrategy } from './strategy.js';

export interface AdaptiveOptions<E> {
  /** Events per second to keep, > 0: the budget. */
  readonly targetPerSecond: number;
  /** What has a budget of its own. Arrays of primitives go by what they hold. @default everything together */
  readonly key?: ((event: E) => unknown) | undefined;
  /** Keys that are remembered; beyond them the least recently used one starts afresh. @default 10_000 */
  readonly maxKeys?: number | undefined;
}

/**
 * Keeps about `targetPerSecond` events a second however many are offered, and all of them while they are fewer: each with a probability
 * p that follows the stream, and with weight 1 / p.
 *
 * p is the target over the estimated rate, corrected by what the budget has over- or underspent. The rate is estimated by exponential
 * smoothing at irregular intervals (Wright, "Forecasting data published at irregular time intervals using an extension of Holt's method",
 * Management Science 32, 1986). The correction e^(credit / budget of one horizon) pays back what a jump of the rate has cost before the
 * estimate had caught up, and is settled within a few horizons. The horizon is 250 ms, or the time in which 10 events should be kept if
 * that is longer. Batches have the budget of the time since the last one, of 2 s at most: those that come more rarely underspend, and a
 * stream that wakes may spend that much at once. p depends only on the past and never on its own toss, so the weights are unbiased
 * whatever the stream does.
 *
 * @throws TypeError for an option outside its range
 * @example
 * let now = 0;
 * const sample = sampling.adaptive({ targetPerSecond: 100 }).start({ now: () => now, random: seededRandom(1) });
 * const event = createEvent({ type: 'tool_invoked', data: {} });
 * let kept = 0;
 * for (; now < 10_000; now += 1) if (sample(event) > 0) kept += 1;
 * expect(kept).to.be.within(950, 1_050);
 */
export function adaptive<E = AnalyticsEvent>(options: AdaptiveOptions<E>): SamplingStrategy<E> {
  checkArgument('options', options, anObject);
  const { targetPerSecond, key, maxKeys = DEFAULT_MAX_KEYS } = options;
  checkArgument('targetPerSecond', targetPerSecond, aPositiveNumber);
  if (key !== undefined) checkArgument('key', key, aFunction);
  checkArgument('maxKeys', maxKeys, anInteger(1));
  const perMs = targetPerSecond / 1_000;
  const horizonMs = Math.max(MIN_HORIZON_MS, MIN_KEPT_PER_HORIZON / perMs);
  const budget = horizonMs * perMs;

  const probability = (pace: Pace, now: number): number => {
    const elapsedMs = now - pace.seenAt;
    if (elapsedMs > 0) {
      const fade = Math.exp(-elapsedMs / horizonMs);
      pace.timeMs = pace.timeMs * fade + horizonMs * (1 - fade);
      pace.offered *= fade;
      const maxCredit = Math.max(budget * MAX_CREDIT, Math.min(elapsedMs, MAX_GAP_MS) * perMs);
      pace.credit = Math.min(maxCredit, pace.credit + elapsedMs * perMs);
      pace.seenAt = now;
    }
    pace.offered += 1;
    return Math.min(1, ((perMs * pace.timeMs) / pace.offered) * Math.exp(pace.credit / budget));
  };
  return Object.freeze<SamplingStrategy<E>>({
    start(env) {
      const clock = steadyClock(() => env.now());
      const newPace = (): Pace => ({ seenAt: clock(), timeMs: horizonMs, offered: 0, credit: 0 });
      const only = newPace();
      const paces = new KeyedState(newPace, maxKeys);
      return (event) => {
        const pace = key === undefined ? only : paces.of(comparable(key(event)));
        const p = probability(pace, clock());
        if (env.random() >= p) return 0;
        pace.credit -= 1;
        return 1 / p;
      };
    },
  });
}

const MIN_HORIZON_MS = 250;
const MIN_KEPT_PER_HORIZON = 10;
/** Horizons' worth of budget that a quiet stream saves up, and may spend when it wakes. */
const MAX_CREDIT = 0.5;
/** What comes in batches may spend the budget of the time between them, up to this. */
const MAX_GAP_MS = 2_000;

const aPositiveNumber: Expectation = {
  expected: 'a finite number > 0',
  accepts: (value) => Number.isFinite(value) && (value as number) > 0,
};

/** How a stream has gone lately: what is older than a horizon has faded away. */
interface Pace {
  seenAt: number;
  /** The span that `offered` was counted over. It starts with a whole horizon in which nothing came, so that the first events are kept. */
  timeMs: number;
  offered: number;
  /** Events of the budget that haven't been spent; below 0 they were overspent. */
  credit: number;
}
