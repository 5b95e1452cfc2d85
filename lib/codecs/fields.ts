import * as t from 'io-ts';

/** A codec for what passes a test; reports call it by its name. */
function passing<A>(name: string, accepts: (value: unknown) => boolean): t.Type<A> {
  const is = (value: unknown): value is A => accepts(value);
  return new t.Type<A>(name, is, (value, context) => (is(value) ? t.success(value) : t.failure(value, context)), t.identity);
}

export const nonEmptyString = /* @__PURE__ */ passing<string>('non-empty string', (value) => typeof value === 'string' && value !== '');

export const finiteNumber = /* @__PURE__ */ passing<number>('finite number', Number.isFinite);

/** A finite number not below `min`. */
export const numberFrom = (min: number): t.Type<number> =>
  passing(`finite number ≥ ${String(min)}`, (value) => Number.isFinite(value) && (value as number) >= min);

/** A whole number not below `min`, small enough to be exact. */
export const integerFrom = (min: number): t.Type<number> =>
  passing(`integer ≥ ${String(min)}`, (value) => Number.isSafeInteger(value) && (value as number) >= min);

/** One of some strings. */
export const literalOf = <K extends string>(names: readonly K[], name?: string): t.Type<K> =>
  t.keyof(Object.fromEntries(names.map((each) => [each, null])) as Record<K, null>, name);
