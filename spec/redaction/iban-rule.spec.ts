import { expect } from 'chai';
import { iban } from '../../lib/redaction/iban-rule.js';
import { expectRedacted, expectUntouched } from '../support/redacted.js';

/** Examples of the SWIFT register. */
const IBANS = [
  'AD1200012030200359100100',
  'AE070331234567890123456',
  'BE68539007547034',
  'BR1800360305000010009795493C1',
  'CH9300762011623852957',
  'DE89370400440532013000',
  'ES9121000418450200051332',
  'FR1420041010050500013M02606',
  'GB29NWBK60161331926819',
  'IT60X0542811101000000123456',
  'LC55HEMM000100010012001200023015',
  'MT84MALT011000012345MTLCAST001S',
  'NL91ABNA0417164300',
  'NO9386011117947',
  'PL61109010140000071219812874',
];

const ibanRule = iban();

describe('redaction.iban', () => {
  for (const iban of IBANS) {
    it(`redacts ${iban.slice(0, 2)}, in one piece and in groups of four`, () => {
      for (const form of [iban, iban.toLowerCase(), ...[' ', '-', '+', '%20', '\u00a0'].map((gap) => inFours(iban, gap))]) {
        expect(ibanRule.redact(`from ${form} to`, ''), form).to.equal('from [redacted:iban] to');
      }
    });
  }

  it('finds one next to punctuation and escapes', () => {
    expectRedacted(ibanRule, {
      '{"iban":"GB29NWBK60161331926819"}': '{"iban":"[redacted:iban]"}',
      'iban%3DGB29NWBK60161331926819%26': 'iban%3D[redacted:iban]%26',
      'GB29 NWBK 6016 1331 9268 19, thanks': '[redacted:iban], thanks',
      'line\\nGB29NWBK60161331926819\\n': 'line\\n[redacted:iban]\\n',
    });
  });

  it('leaves UUIDs', () => {
    const uuids = ['01a2277c-2214-7543-be83-5ff179797630', 'be8739f4-3a6e-4a38-bb73-0da0bb4ca3eb'];
    for (const uuid of uuids) for (const text of [uuid, `session ${uuid.toUpperCase()}.`]) expect(iban().redact(text, '')).to.equal(text);
    expect(iban().redact('be83-5ff179797630', '')).to.equal('[redacted:iban]');
  });

  it('does not change one with wrong check digits', () => {
    expectUntouched(ibanRule, ['GB28NWBK60161331926819', 'GB29 NWBK 6016 1331 9268 18']);
  });

  it('does not change one that is too long, too short, or of an unknown country', () => {
    expectUntouched(ibanRule, ['GB29NWBK601613319268190', 'GB29NWBK6016133192681', 'xGB29NWBK60161331926819', 'ZZ29NWBK60161331926819']);
  });
});

const inFours = (iban: string, gap: string): string => (iban.match(/.{1,4}/g) ?? []).join(gap);
