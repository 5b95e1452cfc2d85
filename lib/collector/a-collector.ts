import { isFunction, isObject, type Expectation } from '../internal/check-option.js';

/** A collector of this copy of the package or of another one. */
export const aCollector: Expectation = {
  expected: 'a collector',
  accepts: (value) =>
    isObject(value) &&
    [value.collect, value.collectAsync, value.flush, value.shutdown, value.stats].every(isFunction) &&
    isObject(value.events$),
};
