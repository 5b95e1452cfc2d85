import { isRight } from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import type { OperatorFunction } from 'rxjs';
import type { AnalyticsEvent } from '../event/event.js';
import { checkArgument } from '../internal/check-option.js';
import { operate } from '../internal/operate.js';
import { checkStepOptions, safeOnReject, type StepOptions } from '../operators/step.js';
import { decode } from './decode.js';
import { eventCodec } from './event-codec.js';
import { aCodec } from './expectations.js';

/**
 * `onReject(value, 'invalid', error)` is told about each value that is no event: the value as it came, and a `DecodeError` that says what is
 * wrong with it by path and expected type, and may be logged.
 */
export type DecodeEventsOptions = Pick<StepOptions<unknown>, 'onReject'>;

/**
 * Lets events through, decoded, and reports what is none.
 *
 * ```
 * source   --u--v--w--|        v: its `timestamp` is a string
 *          decodeEvents()
 * result   --a-----c--|
 * ```
 *
 * No value ends the stream, whatever it does when it is read: it is rejected as `'invalid'`. Error and completion pass.
 *
 * @param codec what to decode with, for instance a tracking plan's `codec`. @default `eventCodec()`
 * @throws TypeError for a codec or callback that is none
 * @example
 * const seen: string[] = [];
 * const wrong: unknown[] = [];
 * from([createEvent({ type: 'tick' }), { type: 'tock' }])
 *   .pipe(decodeEvents({ onReject: (_value, _reason, error) => wrong.push(error) }))
 *   .subscribe(({ type }) => seen.push(type));
 * expect(seen).to.deep.equal(['tick']);
 * expect(wrong.length).to.equal(1);
 */
export function decodeEvents(codec?: undefined, options?: DecodeEventsOptions): OperatorFunction<unknown, AnalyticsEvent>;
export function decodeEvents<E>(codec: t.Decoder<unknown, E>, options?: DecodeEventsOptions): OperatorFunction<unknown, E>;
export function decodeEvents(options: DecodeEventsOptions): OperatorFunction<unknown, AnalyticsEvent>;
export function decodeEvents(
  first: t.Decoder<unknown, unknown> | DecodeEventsOptions = eventCodec(),
  second?: DecodeEventsOptions,
): OperatorFunction<unknown, unknown> {
  const [codec, options = {}] =
    second === undefined && isOptions(first) ? [eventCodec(), first] : [first as t.Decoder<unknown, unknown>, second];
  checkArgument('codec', codec, aCodec);
  checkStepOptions(options);
  const reject = safeOnReject(options.onReject);
  return operate((destination) => ({
    next(value) {
      const decoded = decode(codec, value);
      if (isRight(decoded)) destination.next(decoded.right);
      else reject(value, 'invalid', decoded.left);
    },
  }));
}

/** Stricter than "no codec": a tracking plan, given in place of its codec, must not be taken for options and everything let through. */
function isOptions(first: object | null): first is DecodeEventsOptions {
  return typeof first === 'object' && first !== null && !aCodec.accepts(first) && ('onReject' in first || Object.keys(first).length === 0);
}
