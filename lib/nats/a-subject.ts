import { isFunction, type Expectation } from '../internal/check-option.js';

/** Maximum length of a subject. A longer one may exceed the server's limit of 4,096 bytes for a protocol line; the server would close the connection. */
const MAX_LENGTH = 1_000;

const EXPECTED = 'a NATS subject: tokens joined by dots, without white space and wildcards';

/** Accepts a subject to which messages can be published. */
export const aSubject: Expectation = { expected: EXPECTED, accepts: isSubject };

export const aSubjectOrFunction: Expectation = {
  expected: `${EXPECTED}, or a function that returns one`,
  accepts: (value) => isFunction(value) || isSubject(value),
};

/**
 * Whether messages of a stream can be published to a subject. Subjects that begin with `$` are refused: they belong to the server, which may treat a
 * message as a command.
 */
export function isSubject(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_LENGTH && /^(?!\$)[^\s\p{Cc}\p{Cs}*>.]+(\.[^\s\p{Cc}\p{Cs}*>.]+)*$/u.test(value);
}
