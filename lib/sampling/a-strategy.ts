import type { Expectation } from '../internal/check-option.js';

/** What a combinator accepts as a part of itself. */
export const aStrategy: Expectation = {
  expected: 'a sampling strategy',
  accepts: (value) => typeof value === 'object' && value !== null && typeof (value as { start?: unknown }).start === 'function',
};
