import { ssn } from '../../lib/redaction/ssn-rule.js';
import { expectRedacted, expectUntouched } from '../support/redacted.js';

const ssnRule = ssn();

describe('redaction.ssn', () => {
  it('redacts numbers with hyphens or spaces', () => {
    expectRedacted(ssnRule, {
      '123-45-6789': '[redacted:ssn]',
      'SSN: 078 05 1120.': 'SSN: [redacted:ssn].',
      'ssn=123-45-6789&page=2': 'ssn=[redacted:ssn]&page=2',
      'ssn%3D899-99-9999%26': 'ssn%3D[redacted:ssn]%26',
      '123\u00a045\u00a06789': '[redacted:ssn]',
    });
  });

  it('does not change numbers that are never issued', () => {
    expectUntouched(ssnRule, ['000-45-6789', '666-45-6789', '900-45-6789', '123-00-6789', '123-45-0000']);
  });

  it('leaves other groups of digits', () => {
    expectUntouched(ssnRule, [
      '123456789',
      '123-45 6789',
      '123-456-789',
      '1123-45-6789',
      '123-45-67890',
      'a123-45-6789',
      '2024-11-23',
      '555-1234',
    ]);
  });
});
