import { isLeft, map } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';

/** Says of an error, as its message, that the value could not be looked at. It is the one message that reports heed. */
export const UNREADABLE = 'unreadable';

export interface GuardedOptions<A> {
  /** Takes what is checked out of the object that came, so that no getter is read twice. @default none: the value itself is checked */
  readonly snapshot?: (record: Readonly<Record<string, unknown>>) => object;
  /** The last step, once all is valid. @default none */
  readonly finish?: (decoded: A) => A;
}

/**
 * A codec that never throws: a getter, proxy or codec that does, and nesting beyond the stack, become an error at the value's own path.
 *
 * It is one of io-ts's own `ReadonlyType`s, so that whatever looks into codecs can look through it; our types are read-only anyway.
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
        // What was thrown is not passed on: it may say anything, the value included.
        return t.failure(value, context, UNREADABLE);
      }
    },
    codec.encode as (value: A) => O,
    codec as t.Any,
  );
}
