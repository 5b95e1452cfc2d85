import { left, mapLeft, type Either } from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import { decodeFaults, SOMETHING_UNREADABLE, type DecodeFault } from './decode-faults.js';
import { formatFault } from './format-errors.js';

const BRAND = Symbol.for('rx-event-collector/DecodeError@1');

/** Limits the length of an error's message. */
const MAX_LINES = 20;

/** A value that a codec refuses. It lists the faults, and never contains the value. */
export class DecodeError extends Error {
  readonly code = 'DECODE_FAILED';
  readonly faults: readonly DecodeFault[];

  constructor(faults: readonly DecodeFault[]) {
    const lines = faults.slice(0, MAX_LINES).map(formatFault);
    super([...lines, ...(faults.length > MAX_LINES ? [`… and ${String(faults.length - MAX_LINES)} more`] : [])].join('\n'));
    this.name = 'DecodeError';
    this.faults = faults;
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** Whether `value` is a `DecodeError`, of this copy of the package or another. */
export function isDecodeError(value: unknown): value is DecodeError {
  return typeof value === 'object' && value !== null && BRAND in value;
}

/**
 * Decodes with any codec, and never throws: if a getter or the codec throws, the value is invalid.
 *
 * @example
 * const result = decode(t.type({ total: t.number }), { total: 'twelve' });
 * expect(isLeft(result) && result.left.message).to.equal('Expected `total` to be number, got a string');
 */
export function decode<A>(codec: t.Decoder<unknown, A>, value: unknown): Either<DecodeError, A> {
  try {
    return mapLeft((errors: t.Errors) => new DecodeError(decodeFaults(errors)))(codec.decode(value));
  } catch {
    return left(new DecodeError([{ path: '', expected: codec.name, got: SOMETHING_UNREADABLE }]));
  }
}
