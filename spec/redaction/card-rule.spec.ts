import { expect } from 'chai';
import fc from 'fast-check';
import { card } from '../../lib/redaction/card-rule.js';
import { expectRedacted, expectUntouched } from '../support/redacted.js';

/** Test numbers that the networks and payment providers publish. */
const CARDS = {
  Visa: ['4111111111111111', '4012888888881881', '4222222222222'],
  Mastercard: ['5555555555554444', '2223003122003222', '2720990000000007'],
  'American Express': ['378282246310005', '371449635398431'],
  'Diners Club': ['30569309025904', '38520000023237', '36227206271667'],
  Discover: ['6011111111111117', '6445644564456445', '6555900000604105'],
  JCB: ['3530111333300000', '3566002020360505'],
  UnionPay: ['6200000000000005', '6205500000000000004'],
  Dankort: ['5019717010103742'],
  UATP: ['135410014004955'],
  Maestro: ['6759649826438453', '6799990100000000019', '501800000009'],
};

const cardRule = card();

describe('redaction.card', () => {
  for (const [network, numbers] of Object.entries(CARDS)) {
    it(`redacts the numbers of ${network}`, () => {
      for (const number of numbers) expect(cardRule.redact(`card ${number}.`, '')).to.equal('card [redacted:card].');
    });
  }

  it('redacts numbers in groups', () => {
    expectRedacted(cardRule, {
      '4111 1111 1111 1111': '[redacted:card]',
      '4111-1111-1111-1111': '[redacted:card]',
      '4111+1111+1111+1111': '[redacted:card]',
      '4111\u00a01111\u00a01111\u00a01111': '[redacted:card]',
      '?card=4111%201111%201111%201111&cvv=1': '?card=[redacted:card]&cvv=1',
      '4111.1111.1111.1111': '[redacted:card]',
      'card 4111.1111.1111.1111.': 'card [redacted:card].',
      '4111\u20091111\u20091111\u20091111': '[redacted:card]',
      '4111\u202f1111\u202f1111\u202f1111': '[redacted:card]',
      '4111\u20111111\u20111111\u20111111': '[redacted:card]',
      '4\u200b111111111111111': '[redacted:card]',
      '４１１１１１１１１１１１１１１１': '[redacted:card]',
      '3782 822463 10005': '[redacted:card]',
      '3056 930902 5904': '[redacted:card]',
    });
  });

  it('finds a number among other groups', () => {
    expectRedacted(cardRule, {
      '12/30 4111 1111 1111 1111 123': '12/30 [redacted:card] 123',
      '2024 4111 1111 1111 1111 2025': '2024 [redacted:card] 2025',
      '4111111111111111 378282246310005': '[redacted:card] [redacted:card]',
      '4111 1111 1111 1111 4111 1111 1111 1111': '[redacted:card] [redacted:card]',
      // Both 16 and 19 digits would do.
      '4111 1111 1111 1111 003': '[redacted:card]',
    });
  });

  it('finds a number next to escapes', () => {
    expectRedacted(cardRule, {
      'card%3D4111111111111111%26cvv': 'card%3D[redacted:card]%26cvv',
      '%204111111111111111%2C4111111111111111%0A': '%20[redacted:card]%2C[redacted:card]%0A',
      '{\\"card\\":\\"4111111111111111\\",\\"text\\":\\"\\n4111111111111111\\n\\"}':
        '{\\"card\\":\\"[redacted:card]\\",\\"text\\":\\"\\n[redacted:card]\\n\\"}',
    });
  });

  it('leaves groups with other escapes in between', () => {
    expectUntouched(cardRule, ['4111%401111%401111%401111', '4111%2C1111%2C1111%2C1111']);
  });

  it('leaves numbers with a wrong check digit', () => {
    expectUntouched(cardRule, ['4111111111111112', '4111 1111 1111 1112', '5555555555554445']);
  });

  it('does not change UUIDs, and finds a number directly after one', () => {
    const uuids = ['758d12f2-5617-4430-9783-bcc7fa879f0f', '758d12f2-5617-4430-9783-bcc7fa879430'];
    for (const uuid of uuids) {
      expect(card().redact(uuid, '')).to.equal(uuid);
      expect(card().redact(`${uuid} 4111 1111 1111 1111`, '')).to.equal(`${uuid} [redacted:card]`);
      expect(card().redact(`4111 1111 1111 1111 ${uuid}`, '')).to.equal(`[redacted:card] ${uuid}`);
    }
  });

  it('leaves barcodes', () => {
    const withCheckDigit = (digits: string): string => {
      const sum = [...digits].reverse().reduce((total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 3 : 1), 0);
      return digits + String((10 - (sum % 10)) % 10);
    };
    for (let n = 0; n < 2_000; n += 1) {
      const serial = String(n * 7_919).padStart(9, '0');
      expectUntouched(cardRule, [`400${serial}`, `501${serial}`, `679${serial}`].map(withCheckDigit));
      expectUntouched(cardRule, [`67${serial}`, `5${serial}8`.slice(0, 11)].map(withCheckDigit));
    }
  });

  it('is also called with numbers', () => {
    expect(cardRule.numbers).to.equal(true);
  });

  it('leaves numbers of no network, or of a wrong length', () => {
    // With valid check digits, all of them.
    expectUntouched(cardRule, ['1717527762020', '0000000000000000', '9999999999999995', '41111111111116', '42222222222222222']);
  });

  it('leaves parts of longer words and numbers', () => {
    expectUntouched(cardRule, [
      '0.4111111111111111',
      '0.4111.1111.1111.1111',
      '4111.1111.1111.1111.5',
      '4111.1111 1111.1111',
      '4111111111111111.5',
      'a4111111111111111',
      '4111111111111111f',
      '14111111111111111',
      '41111111111111114',
      '00000000-0000-7000-8000-411111111111',
    ]);
  });

  it('redacts a valid number in any groups of three to seven', () => {
    const sizes = fc.array(fc.integer({ min: 3, max: 7 }), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(CARDS).flat()), sizes, fc.constantFrom(' ', '-', '+', '%20'), (digits, lengths, gap) => {
        const groups: string[] = [];
        let rest = digits;
        for (const length of lengths) {
          if (rest.length - length < 3) break;
          groups.push(rest.slice(0, length));
          rest = rest.slice(length);
        }
        fc.pre(rest.length <= 7 || groups.length === 0);
        expect(cardRule.redact([...groups, rest].join(gap), '')).to.equal('[redacted:card]');
      }),
    );
  });
});
