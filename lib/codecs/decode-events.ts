import { isRight } from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import type { OperatorFunction } from 'rxjs';
import type { AnalyticsEvent } from '../event/event.js';
import { aFunction, checkArgument } from '../internal/check-option.js';
import { operate } from '../internal/operate.js';
import { optionsOf } from '../internal/options.js';
import { safeOnReject, type StepOptions } from '../operators/step.js';
import { decode } from './decode.js';
import { eventCodec } from './event-codec.js';
import { aCodec } from './expectations.js';

export interface DecodeEventsOptions {
  /**
   * Called with each value that is not an event, the reason `'invalid'`, and a `DecodeError` with paths and expected types. The error may be logged;
   * the value is as received. @default none
   */
  readonly onReject?: StepOptions<unknown>['onReject'];
}

const OPTIONS = /* @__PURE__ */ optionsOf<DecodeEventsOptions, 'onReject'>(() => ({ onReject: [aFunction] }));

/**
 * Emits the values that decode, and rejects the others.
 *
 * ```
 * source   --u--v--w--|        v: its `priority` is a number
 *          decodeEvents()
 * result   --a-----c--|
 * ```
 *
 * No value ends the stream, even if reading it throws: it is rejected as `'invalid'`. Errors and completion of the source are passed on.
 *
 * @param codec the decoder, for instance a tracking plan's `codec`. @default `eventCodec()`
 * @throws TypeError for an invalid codec, and for an invalid or unknown option
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
  const reject = safeOnReject(OPTIONS.parse(options).onReject);
  return operate((destination) => ({
    next(value) {
      const decoded = decode(codec, value);
      if (isRight(decoded)) destination.next(decoded.right);
      else reject(value, 'invalid', decoded.left);
    },
  }));
}

/** Stricter than "not a codec": a tracking plan passed instead of its codec must not be accepted as options, which would disable the check. */
function isOptions(first: object | null): first is DecodeEventsOptions {
  return typeof first === 'object' && first !== null && !aCodec.accepts(first) && ('onReject' in first || Object.keys(first).length === 0);
}
