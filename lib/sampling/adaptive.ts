import type { AnalyticsEvent } from '../event/event.js';
import { aFunction, anInteger, type Expectation } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { comparable } from './array-key.js';
import { DEFAULT_MAX_KEYS, KeyedState } from './keyed-state.js';
import { steadyClock } from '../internal/steady-clock.js';
import type { SamplingStrategy } from './strategy.js';

export interface AdaptiveOptions<E> {
  /** The budget: events to keep per second, > 0. */
  readonly targetPerSecond: number;
  /** Each key has its own budget. Arrays of primitives are compared by content. @default one budget for all events */
  readonly key?: ((event: E) => unknown) | undefined;
  /** Maximum number of keys with state; the least recently used key is forgotten first. @default 10_000 */
  readonly maxKeys?: number | undefined;
}

const aPositiveNumber: Expectation = {
  expected: 'a finite number > 0',
  accepts: (value) => Number.isFinite(value) && (value as number) > 0,
};

const OPTIONS = /* @__PURE__ */ optionsOf<AdaptiveOptions<unknown>, 'key'>(() => ({
  targetPerSecond: aPositiveNumber,
  key: [aFunction],
  maxKeys: [anInteger(1), DEFAULT_MAX_KEYS],
}));

/**
 * Keeps about `targetPerSecond` events per second; if there are fewer, keeps all of them. Each event is kept with a probability p that follows the
 * rate of the stream, and has the weight 1 / p.
 *
 * p is the target divided by the estimated rate, corrected by the over- or underspent budget. The rate is estimated by exponential smoothing at
 * irregular intervals (Wright, "Forecasting data published at irregular time intervals using an extension of Holt's method", Management Science 32,
 * 1986). The correction is e^(credit / budget of one horizon). It compensates for a jump of the rate until the estimate has caught up, within a few
 * horizons. The horizon is 250 ms, or the time in which 10 events should be kept if that is longer. A burst may use the budget of the time since the
 * last event, of at most 2 s. p depends only on past events and never on its own draw: the weights are unbiased for every stream.
 *
 * @throws TypeError for an invalid or unknown option
 * @example
 * let now = 0;
 * const sample = sampling.adaptive({ targetPerSecond: 100 }).start({ now: () => now, random: seededRandom(1) });
 * const event = createEvent({ type: 'tool_invoked', data: {} });
 * let kept = 0;
 * for (; now < 10_000; now += 1) if (sample(event) > 0) kept += 1;
 * expect(kept).to.be.within(950, 1_050);
 */
export function adaptive<E = AnalyticsEvent>(options: AdaptiveOptions<E>): SamplingStrategy<E> {
  const { targetPerSecond, key, maxKeys } = OPTIONS.parse(options);
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
/** Maximum unspent budget that a slow stream can save, in horizons. */
const MAX_CREDIT = 0.5;
/** Events that arrive in bursts may use the budget of the time between the bursts, up to this. */
const MAX_GAP_MS = 2_000;

/** The recent rate of a stream; older events count exponentially less. */
interface Pace {
  seenAt: number;
  /** The time span of `offered`. It starts with one empty horizon, so that the first events are kept. */
  timeMs: number;
  offered: number;
  /** The unspent budget in events; negative if overspent. */
  credit: number;
}
