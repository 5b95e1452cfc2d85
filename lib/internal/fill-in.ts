import { anObject, checkArgument, type Expectation } from './check-option.js';

/** What may stand in an object: under each key, what is expected of the value, or the shape of another object. */
export interface Shape {
  readonly [key: string]: Expectation | Shape;
}

/** Told about a value that can't be used, and under which path it stood. */
export type OnFault = (path: string, value: unknown, expectation: Expectation) => void;

/**
 * A value that may be anything, as its shape demands: what is left out, or can't be used, comes from the fallback. An object comes as a
 * frozen copy with every key of its shape; the fallback itself comes where there is none.
 *
 * Every fault is told, keys that the shape doesn't have included: a misspelt option that is passed over would lose or leak events.
 *
 * @param onFault @default throws a TypeError for the first
 */
export function fillIn<T>(shape: Expectation | Shape, value: unknown, fallback: T, onFault: OnFault = failAt, path = ''): T {
  if (value === undefined) return fallback;
  const expectation = isExpectation(shape) ? shape : anObject;
  if (!expectation.accepts(value)) {
    onFault(path, value, expectation);
    return fallback;
  }
  if (shape === expectation) return value as T;
  const given = value as Readonly<Record<string, unknown>>;
  const below = (key: string): string => (path === '' ? key : `${path}.${key}`);
  const keys = Object.keys(shape);
  for (const key of Object.keys(given)) {
    if (!keys.includes(key))
      onFault(below(key), given[key], { expected: `left out: the keys here are ${keys.join(', ')}`, accepts: never });
  }
  const filled = Object.entries(shape as Shape).map(([key, inner]) => [
    key,
    fillIn(inner, given[key], (fallback as Partial<Record<string, unknown>>)[key], onFault, below(key)),
  ]);
  return Object.freeze(Object.fromEntries(filled)) as T;
}

const isExpectation = (shape: Expectation | Shape): shape is Expectation => typeof shape.accepts === 'function';

const never = (): boolean => false;

const failAt: OnFault = (path, value, expectation) => {
  checkArgument(path || 'options', value, expectation);
};
