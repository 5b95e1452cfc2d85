import { builtIn, type RedactionRule } from './rule.js';
import { endsNumber, startsNumber } from './spans.js';

/**
 * Redacts US social security numbers in their written form, `123-45-6789` or `123 45 6789`. Nine digits without separators are not redacted: too many
 * other numbers look like that.
 *
 * Numbers that are never issued are not redacted: area 000, 666 or 9xx, group 00, serial 0000 (Social Security Administration, "Social Security
 * Number Randomization", 2011).
 *
 * @example
 * expect(redaction.ssn().redact('SSN 123-45-6789, ref 987-65-4320', '')).to.equal('SSN [redacted:ssn], ref 987-65-4320');
 */
export const ssn = (): RedactionRule => RULE;

const RULE = /* @__PURE__ */ builtIn({
  name: 'ssn',
  redact: (value) =>
    value.length < LENGTH
      ? value
      : value.replace(NUMBER, (number, _separator, offset: number) =>
          startsNumber(value, offset) && endsNumber(value, offset + LENGTH) ? '[redacted:ssn]' : number,
        ),
});

const LENGTH = 11;
const NUMBER = /(?!000|666)[0-8]\d{2}([ -])(?!00)\d{2}\1(?!0000)\d{4}/g;
