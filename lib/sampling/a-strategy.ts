import { isFunction, isObject, type Expectation } from '../internal/check-option.js';

/** Accepts a strategy. */
export const aStrategy: Expectation = {
  expected: 'a sampling strategy',
  accepts: (value) => isObject(value) && isFunction(value['start']),
};
