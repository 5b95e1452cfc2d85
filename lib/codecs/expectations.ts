import type * as t from 'io-ts';
import type { Expectation } from '../internal/check-option.js';

export const aCodec: Expectation = {
  expected: 'a codec',
  accepts: (value) => typeof (value as Partial<t.Mixed> | null | undefined)?.decode === 'function',
};

export const aString: Expectation = { expected: 'a string', accepts: (value) => typeof value === 'string' };
