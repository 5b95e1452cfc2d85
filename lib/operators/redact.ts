import type { MonoTypeOperatorFunction } from 'rxjs';
import type { AnalyticsEvent } from '../event/event.js';
import { aFunction, anArray, checkArgument } from '../internal/check-option.js';
import { createRedactor } from '../redaction/redactor.js';
import type { RedactionRule, RedactionRules } from '../redaction/rule.js';
import { stepOperator, type StartStep, type StepOptions } from './step.js';

/** Told about each event that is lost because it could not be redacted. */
export type RedactOptions<E> = Pick<StepOptions<E>, 'onReject'>;

/**
 * Applies every rule, in order, to every string of `data` and `metadata`, names of keys included.
 *
 * ```
 * source   --a--b--c--|        b: holds an e-mail address
 *          redact(defaultRedaction())
 * result   --a--B--c--|        B: a copy of b without it; a and c: the same objects
 * ```
 *
 * A rule gets a string with its path: `data.user.email` for a value, `data.user.*` for the name of a key. Names that become equal get a
 * number. Everything is looked at as an encoder would see it: an object with `toJSON` is replaced by what that gives, and what maps, sets and
 * errors hold is looked at, too; dates and binary data are left alone.
 *
 * It is fail-closed: an event is rejected as `'redactor_error'` where a rule throws or gives no string, a getter throws, or objects form a
 * cycle. Error and completion pass.
 *
 * @throws TypeError for a rule that is none
 * @example
 * const noDigits = { name: 'digits', redact: (value: string) => value.replace(/\d/g, '#') };
 * const seen: unknown[] = [];
 * of(createEvent({ type: 'called', data: { phones: ['555-01'] } })).pipe(redact([noDigits])).subscribe(({ data }) => seen.push(data));
 * expect(seen).to.deep.equal([{ phones: ['###-##'] }]);
 */
export function redact<E extends AnalyticsEvent = AnalyticsEvent>(
  rules: RedactionRules,
  options: RedactOptions<E> = {},
): MonoTypeOperatorFunction<E> {
  return stepOperator(redactStep<E>(rules), options);
}

/** `redact` as a step. */
export function redactStep<E extends AnalyticsEvent>(rules: RedactionRules): StartStep<E> {
  checkArgument('rules', rules, anArray);
  const chain = [...rules];
  chain.forEach((rule, index) => {
    checkArgument(`rules[${String(index)}].redact`, (rule as Partial<RedactionRule> | undefined)?.redact, aFunction);
  });
  const redactor = createRedactor(chain);
  return ({ reject }) =>
    (event) => {
      try {
        return redactor(event);
      } catch (error) {
        reject(event, 'redactor_error', error);
        return undefined;
      }
    };
}
