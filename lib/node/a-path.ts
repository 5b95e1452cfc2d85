import { fileURLToPath } from 'node:url';
import { isNonEmptyString, type Expectation } from '../internal/check-option.js';

/** Accepts the path of a file without NUL: the file system would refuse it only at the first attempt, and then at every one. */
export const aPath: Expectation = {
  expected: 'a non-empty string or a file: URL, without NUL characters',
  accepts: (value) => {
    try {
      const path = value instanceof URL ? fileURLToPath(value) : value;
      return isNonEmptyString(path) && !path.includes('\0');
    } catch {
      return false;
    }
  },
};
