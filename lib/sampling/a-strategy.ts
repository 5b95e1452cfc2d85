import { isFunction, isObject, type Expectation } from '../internal/check-option.js';

/** What a combinator accepts as a part of itself. */
export const aStrategy: Expectation = {
  expected: 'a sampling strategy',
  accepts: (value) => isObject(value) && isFunction(value['start']),
};
