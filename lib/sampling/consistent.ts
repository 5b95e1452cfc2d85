import type { AnalyticsEvent } from '../event/event.js';
import { aFunction, aNumber, anObject, checkArgument } from '../internal/check-option.js';
import { withConsistentParts } from './consistent-parts.js';
import { arrayKey } from './array-key.js';
import { weightOf } from './rate.js';
import type { SamplingStrategy } from './strategy.js';
import { stringHash } from './string-hash.js';

export interface ConsistentOptions<E> {
  /** The share of keys that is kept, from 0 to 1. */
  readonly rate: number;
  /**
   * What shares one fate: a session, a user, a trace. A string, number, boolean or bigint, or an array of them; for anything else, `undefined` and `null`
   * among them, the event's `id` stands in. `1` and `'1'` are two keys. @default the event's `id`
   */
  readonly key?: ((event: E) => unknown) | undefined;
}

/**
 * Keeps a share of the keys, whole: events of one key are all kept, with weight 1 / `rate`, or all dropped, in every process and for
 * ever. What is kept at one rate is kept at every higher one.
 *
 * The key is hashed and the hash compared with the rate; nothing is remembered. The source of the idea is TraceIdRatioBased sampling
 * (OpenTelemetry specification, Trace SDK), that of the hash MurmurHash3.
 *
 * @throws TypeError for an option outside its range
 * @example
 * const half = sampling.consistent({ rate: 0.5, key: (event) => event.sessionId });
 * const sample = half.start({ now: () => 0, random: () => 0 });
 * const weightsOf = (sessionId: string) =>
 *   ['page_viewed', 'cart_filled'].map((type) => sample(createEvent({ type, sessionId, data: {} })));
 * expect(weightsOf('s-1')).to.deep.equal([2, 2]);
 * expect(weightsOf('s-4')).to.deep.equal([0, 0]);
 */
export function consistent<E = AnalyticsEvent>(options: ConsistentOptions<E>): SamplingStrategy<E> {
  checkArgument('options', options, anObject);
  const { rate, key = noKey } = options;
  checkArgument('rate', rate, aNumber(0, 1));
  checkArgument('key', key, aFunction);
  // 64 bits decide, so that the smallest rate is met as exactly as 1/2; the lower 32 are asked for once in 2³² events.
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
      // What has no id has no fate to share either.
      if (typeof text !== 'string') return env.random() < rate ? weight : 0;
      const textSeed = seed ?? SEEDS.string;
      const hash = stringHash(text, textSeed);
      return hash < high || (hash === high && stringHash(text, ~textSeed) < low) ? weight : 0;
    },
  });
}

const noKey = (): undefined => undefined;

/** A seed for each kind of key keeps `1` and `'1'` apart. They are part of every fate: never change them. */
const SEEDS = { string: 0x5eed0001, number: 0x5eed0002, boolean: 0x5eed0003, bigint: 0x5eed0004, array: 0x5eed0005 };
