import { expect } from 'chai';
import { apiKey } from '../../lib/redaction/api-key-rule.js';
import { expectRedacted, expectUntouched } from '../support/redacted.js';

/** Invented keys in the issuers' formats. Each is in two parts, so that secret scanners don't report this file. */
const KEYS: Readonly<Record<string, readonly [prefix: string, rest: string]>> = {
  AWS: ['AKIA', 'IOSFODNN7EXAMPLE'],
  GitHub: ['ghp_', 'a1B2'.repeat(9)],
  'GitHub, fine-grained': ['github_pat_', '11ABCDEFG0abcdefghijkl_mnop'],
  GitLab: ['glpat-', 'abcDEF123-_456ghiJKL'],
  Google: ['AIza', 'Sy1234567890abcdefghijklmnopqrstuvw'],
  'Google, OAuth': ['ya29.', 'a0AfH6SMBx-abc_DEF123456'],
  'Hugging Face': ['hf_', 'abcdefghijABCDEFGHIJ1234567890'],
  npm: ['npm_', 'a1B2'.repeat(9)],
  OpenAI: ['sk-proj-', 'abcd1234_EFGH5678-ijkl'],
  Anthropic: ['sk-ant-api03-', 'abcd1234_EFGH5678-ijkl'],
  PyPI: ['pypi-', 'AgEIcHlwaS5vcmc'.repeat(4)],
  SendGrid: ['SG.', 'abcdefghijklmnopqrstuv.abcdefghijklmnopqrstuvwxyz0123456789'],
  Shopify: ['shpat_', '0123456789abcdef'.repeat(2)],
  Slack: ['xoxb-', '123456789012-abcdefABCDEF'],
  'Slack, webhook': ['hooks.slack.com/services/', 'T00000000/B00000000/abcdefghijkl'],
  Stripe: ['sk_live_', 'abcdefghij1234567890'],
  'Stripe, webhook': ['whsec_', 'abcdefghijklmnopqrst12=='],
  Telegram: ['123456789:', 'AAabcdefghijklmnopqrstuvwxyz0123456'],
  'GitLab, feature flags': ['glffct-', 'abcDEF123-_456ghiJKL'],
  'GitLab, OAuth': ['gloas-', 'abcDEF123-_456ghiJKL'],
  'GitLab, routable': ['glpat-', 'abcDEF123-_456ghiJKLmno.01.a1b2c3d4e'],
  'GitLab, runner': ['GR1348941', 'abcDEF123-_456ghiJKL'],
  Artifactory: ['AKCp', '8abcDEF123456ghiJKL'.repeat(3)],
  'Artifactory, reference': ['cmVmdGtuO', 'jAxOjE3MDAwMDAwMDA6'.repeat(3)],
  Discord: ['MTk4NjIyNDgzNDcxOTI1MjQ4.', 'Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs'],
  'Discord, webhook': ['discord.com/api/webhooks/', `123456789012345678/${'a1B2-_'.repeat(11)}`],
  Twilio: ['SK', '0123456789abcdef'.repeat(2)],
  'Twilio, account': ['AC', '0123456789abcdef'.repeat(2)],
  Mailchimp: ['0123456789abcdef', '0123456789abcdef-us12'],
  Mailgun: ['key-', '0123456789abcdef'.repeat(2)],
  Vault: ['hvs.', 'CAESIJabcDEF123456ghiJKL'],
  Square: ['sq0atp-', 'abcDEF123-_456ghiJKLmn'],
  'JSON Web Token': ['eyJhbGciOiJIUzI1NiJ9.', 'eyJzdWIiOiIxMjM0In0.abc-DEF_123'],
};

const apiKeyRule = apiKey();

describe('redaction.apiKey', () => {
  for (const [issuer, [prefix, rest]] of Object.entries(KEYS)) {
    const key = prefix + rest;
    it(`redacts a key of ${issuer}`, () => {
      for (const [before, after] of [
        ['', ''],
        ['?k=', '&page=2'],
        ['k%3D', '%26page'],
        ['"', '"'],
        ['\\n', '\\n'],
        ['at call(', ')'],
      ] as const) {
        expect(apiKeyRule.redact(`${before}${key}${after}`, '')).to.equal(`${before}[redacted:api-key]${after}`);
      }
    });

    it(`leaves it as a part of a longer word (${issuer})`, () => {
      expect(apiKeyRule.redact(`x${key}`, '')).to.equal(`x${key}`);
    });
  }

  it('redacts bearer tokens', () => {
    expectRedacted(apiKeyRule, {
      'Authorization: Bearer abc123def456': 'Authorization: Bearer [redacted:api-key]',
      'authorization=bearer%20abc.def.ghi==&x': 'authorization=bearer%20[redacted:api-key]&x',
      'Bearer abcdefghijklmnopqrstuvwxyz': 'Bearer [redacted:api-key]',
    });
  });

  it('redacts private keys', () => {
    const pem = '-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMIIE-vAIB/+ADAN==\n-----END RSA PRIVATE KEY-----';
    expectRedacted(apiKeyRule, {
      [`key:\n${pem}\nend`]: 'key:\n[redacted:api-key]\nend',
      [JSON.stringify({ pem })]: '{"pem":"[redacted:api-key]"}',
      [pem.slice(0, -20)]: '[redacted:api-key]',
      [`${pem}\n${pem}`]: '[redacted:api-key]\n[redacted:api-key]',
    });
  });

  it('leaves public keys, words and hashes', () => {
    expectUntouched(apiKeyRule, [
      '-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----',
      'the bearer certificates of 1999',
      'bearer self-signed certificate',
      'risk-adjusted-return-on-capital',
      '437b1d8e604a352706d890784fff12409083d382',
      '018f3b6e-7c1a-7b2a-9d3e-111122223333',
      'eyJust.a.word',
    ]);
  });
});
