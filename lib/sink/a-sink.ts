import { isFunction, isNonEmptyString, type Expectation } from '../internal/check-option.js';
import type { EventSink } from './sink.js';

/** Accepts an object with the required members of a sink. */
export const aSink: Expectation = {
  expected: 'a sink with a non-empty `name` and a function `process`',
  accepts: (value) => {
    const { name, process } = (value ?? {}) as Partial<EventSink>;
    return isNonEmptyString(name) && isFunction(process);
  },
};
