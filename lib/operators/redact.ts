import type { MonoTypeOperatorFunction } from 'rxjs';
import type { AnalyticsEvent } from '../event/event.js';
import { aFunction, anArray, checkArgument } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { createRedactor } from '../redaction/redactor.js';
import type { RedactionRule, RedactionRules } from '../redaction/rule.js';
import { stepOperator, type StartStep, type StepOptions } from './step.js';

export type RedactOptions<E> = Pick<StepOptions<E>, 'onReject'>;

const OPTIONS = /* @__PURE__ */ optionsOf<RedactOptions<never>, 'onReject'>(() => ({ onReject: [aFunction] }));

/**
 * Applies every rule, in order, to every string of `data` and `metadata`, including the names of keys.
 *
 * ```
 * source   --a--b--c--|        b: contains an e-mail address
 *          redact(defaultRedaction())
 * result   --A--B--C--|        copies; B: without the address
 * ```
 *
 * `data` and `metadata` of a result are snapshots: later changes to the original don't reach it. Objects with `toJSON` are replaced by its result,
 * class instances by plain objects. Maps, Sets, Errors, dates and binary data keep their kind; a cycle ends with `'[Circular]'`.
 *
 * A rule is called with a string and its path: `data.user.email` for a value, `data.user.*` for the name of a key. Names that become equal are
 * numbered. Rules with `numbers` are also called with numbers.
 *
 * It is fail-closed: an event is rejected as `'redactor_error'` if a rule throws or doesn't return a string, if reading the event throws, or if it
 * has more than 500,000 objects and entries. Error and completion are passed on.
 *
 * @throws TypeError for an invalid rule, and for an invalid or unknown option
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
  OPTIONS.parse(options);
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
