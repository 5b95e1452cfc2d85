import { fileURLToPath } from 'node:url';
import { isNonEmptyString, type Expectation } from '../internal/check-option.js';

/** The path of a file. A NUL would fail in the file system only when the first event arrives, and again at every attempt. */
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
