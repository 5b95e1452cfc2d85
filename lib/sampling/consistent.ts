import type { AnalyticsEvent } from '../event/event.js';
import { aFunction, aNumber } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { withConsistentParts } from './consistent-parts.js';
import { arrayKey } from './array-key.js';
import { weightOf } from './rate.js';
import type { SamplingStrategy } from './strategy.js';
import { stringHash } from './string-hash.js';

export interface ConsistentOptions<E> {
  /** The fraction of keys to keep, from 0 to 1. */
  readonly rate: number;
  /**
   * Events with the same key are kept or dropped together, for instance those of a session, a user or a trace. A string, number, boolean or bigint,
   * or an array of them; for any other value, such as `undefined` or `null`, the event's `id` is used. `1` and `'1'` are two keys. @default the
   * event's `id`
   */
  readonly key?: ((event: E) => unknown) | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<ConsistentOptions<unknown>>(() => ({ rate: aNumber(0, 1), key: [aFunction, noKey] }));

/**
 * Keeps a fraction of the keys: all events of a key are kept, with weight 1 / `rate`, or all are dropped, in every process and at any time. A key
 * that is kept at one rate is kept at every higher rate.
 *
 * The key is hashed, and the hash compared with the rate; there is no state. The method is TraceIdRatioBased sampling (OpenTelemetry
 * specification, Trace SDK), the hash is MurmurHash3.
 *
 * @throws TypeError for an invalid or unknown option
 * @example
 * const half = sampling.consistent({ rate: 0.5, key: (event) => event.sessionId });
 * const sample = half.start({ now: () => 0, random: () => 0 });
 * const weightsOf = (sessionId: string) =>
 *   ['page_viewed', 'cart_filled'].map((type) => sample(createEvent({ type, sessionId, data: {} })));
 * expect(weightsOf('s-1')).to.deep.equal([2, 2]);
 * expect(weightsOf('s-4')).to.deep.equal([0, 0]);
 */
export function consistent<E = AnalyticsEvent>(options: ConsistentOptions<E>): SamplingStrategy<E> {
  const { rate, key } = OPTIONS.parse(options);
  // 64 bits are compared, so that the smallest rates are exact, too. The lower 32 are computed only if the upper ones are equal: once in 2³² events.
  const high = Math.floor(rate * 2 ** 32);
  const low = (rate * 2 ** 32 - high) * 2 ** 32;
  const weight = rate === 0 ? 0 : weightOf(rate);
  return withConsistentParts(1, {
    start: (env) => (event) => {
      const given = key(event);
      const array = Array.isArray(given) ? arrayKey(given) : undefined;
      const value = array ?? given;
      const seed = array === undefined ? (SEEDS[typeof value as keyof typeof SEEDS] as number | undefined) : SEEDS.array;
      const text = seed === undefined ? (event as Partial<AnalyticsEvent> | null)?.id : String(value);
      // An event without key and id is sampled independently.
      if (typeof text !== 'string') return env.random() < rate ? weight : 0;
      const textSeed = seed ?? SEEDS.string;
      const hash = stringHash(text, textSeed);
      return hash < high || (hash === high && stringHash(text, ~textSeed) < low) ? weight : 0;
    },
  });
}

function noKey(): undefined {
  return undefined;
}

/** A different seed for each type of key distinguishes `1` from `'1'`. Never change the seeds: every decision depends on them. */
const SEEDS = { string: 0x5eed0001, number: 0x5eed0002, boolean: 0x5eed0003, bigint: 0x5eed0004, array: 0x5eed0005 };
