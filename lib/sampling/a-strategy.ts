import { isFunction, isObject, type Expectation } from '../internal/check-option.js';

/** A strategy, as a combinator accepts it. */
export const aStrategy: Expectation = {
  expected: 'a sampling strategy',
  accepts: (value) => isObject(value) && isFunction(value['start']),
};
