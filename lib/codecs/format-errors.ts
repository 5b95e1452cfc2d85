import type * as t from 'io-ts';
import { decodeFaults, type DecodeFault } from './decode-faults.js';

/**
 * One line per fault, with the path and the expected type, and never the value. See `decodeFaults`.
 *
 * @example
 * const result = t.type({ items: t.array(t.number) }).decode({ items: [1, 'two'] });
 * expect(isLeft(result) && formatErrors(result.left)).to.deep.equal(['Expected `items.1` to be number, got a string']);
 */
export function formatErrors(errors: t.Errors): string[] {
  return decodeFaults(errors).map(formatFault);
}

export function formatFault({ path, expected, got }: DecodeFault): string {
  return `Expected ${path === '' ? 'the value' : `\`${path}\``} to be ${expected}, got ${got}`;
}
