import { aNonEmptyString, type Expectation } from '../internal/check-option.js';

/** Where a file is. */
export const aPath: Expectation = {
  expected: 'a non-empty string or a file: URL',
  accepts: (value) => (value instanceof URL ? value.protocol === 'file:' : aNonEmptyString.accepts(value)),
};
