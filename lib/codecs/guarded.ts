import { isLeft, map } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';

/** The message of an error for a value that could not be read. Reports use no other message of io-ts errors. */
export const UNREADABLE = 'unreadable';

export interface GuardedOptions<A> {
  /** Copies the fields to check, so that each getter is read once. @default none: the value itself is checked */
  readonly snapshot?: (record: Readonly<Record<string, unknown>>) => object;
  /** Applied to a valid result. @default none */
  readonly finish?: (decoded: A) => A;
}

/**
 * A codec that never throws: if a getter, a proxy or a codec throws, or nesting exceeds the stack, the result is an error at the value's path.
 *
 * It is an io-ts `ReadonlyType`, so tools that inspect codecs can see the inner one.
 */
export function guarded<A, O = A>(
  name: string,
  codec: t.Decoder<unknown, A> & Pick<t.Mixed, 'is' | 'encode'>,
  { snapshot, finish = t.identity }: GuardedOptions<A> = {},
): t.Type<A, O> {
  return new t.ReadonlyType<t.Any, A, O>(
    name,
    (value): value is A => {
      try {
        return snapshot === undefined ? codec.is(value) : t.UnknownRecord.is(value) && codec.is(snapshot(value));
      } catch {
        return false;
      }
    },
    (value, context) => {
      try {
        if (snapshot === undefined) return codec.validate(value, context);
        const record = t.UnknownRecord.validate(value, context);
        return isLeft(record) ? record : map(finish)(codec.validate(snapshot(record.right), context));
      } catch {
        // The thrown error is dropped, as it may contain the value.
        return t.failure(value, context, UNREADABLE);
      }
    },
    codec.encode as (value: A) => O,
    codec as t.Any,
  );
}
