import * as t from 'io-ts';
import { epochMs } from '../event/epoch-ms.js';

/** A codec for values that pass a test. Reports use its name. */
function passing<A>(name: string, accepts: (value: unknown) => boolean): t.Type<A> {
  const is = (value: unknown): value is A => accepts(value);
  return new t.Type<A>(name, is, (value, context) => (is(value) ? t.success(value) : t.failure(value, context)), t.identity);
}

export const nonEmptyString = /* @__PURE__ */ passing<string>('non-empty string', (value) => typeof value === 'string' && value !== '');

export const finiteNumber = /* @__PURE__ */ passing<number>('finite number', Number.isFinite);

/** Keeps sums of weights exact enough to mean something. */
export const MAX_WEIGHT = 2 ** 32;

export const WEIGHT = /* @__PURE__ */ passing<number>(
  `number from 1 to ${String(MAX_WEIGHT)}`,
  (value) => typeof value === 'number' && value >= 1 && value <= MAX_WEIGHT,
);

const isEpochMs = (value: unknown): value is number => typeof value === 'number' && epochMs(value) !== undefined;

/** Milliseconds since the epoch. Decodes a `Date` and an ISO 8601 string, too. */
export const TIMESTAMP = /* @__PURE__ */ new t.Type<number>(
  'time in milliseconds or ISO 8601, from 1970 on',
  isEpochMs,
  (value, context) => {
    const time = epochMs(value);
    return time === undefined ? t.failure(value, context) : t.success(time);
  },
  t.identity,
);

/** A safe integer ≥ `min`. */
export const integerFrom = (min: number): t.Type<number> =>
  passing(`integer ≥ ${String(min)}`, (value) => Number.isSafeInteger(value) && (value as number) >= min);

/** One of the given strings. */
export const literalOf = <K extends string>(names: readonly K[], name?: string): t.Type<K> =>
  t.keyof(Object.fromEntries(names.map((each) => [each, null])) as Record<K, null>, name);
