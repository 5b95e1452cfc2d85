import { expect } from 'chai';
import { email } from '../../lib/redaction/email-rule.js';
import { expectRedacted, expectUntouched } from '../support/redacted.js';

const emailRule = email();

describe('redaction.email', () => {
  it('redacts addresses at any position', () => {
    expectRedacted(emailRule, {
      'ada@example.org': '[redacted:email]',
      'Write to ada.lovelace+news@mail.example.co.uk.': 'Write to [redacted:email].',
      '<ada@example.org>,bob@example.org;': '<[redacted:email]>,[redacted:email];',
      "it's 'ada@example.org'": "it's '[redacted:email]'",
      "o'brien_99@ex-ample.info": '[redacted:email]',
      '"email":"ada@example.org"': '"email":"[redacted:email]"',
      'mailto:ada@example.org?subject=hello': 'mailto:[redacted:email]?subject=hello',
      'https://example.org/?to=ada@example.org&page=2': 'https://example.org/?to=[redacted:email]&page=2',
      'at login (user ada@example.org, line 3:14)': 'at login (user [redacted:email], line 3:14)',
    });
  });

  it('redacts addresses with a URL-encoded @', () => {
    expectRedacted(emailRule, {
      '?to=ada%40example.org&page=2': '?to=[redacted:email]&page=2',
      'to%3Dada%40example.org%26page': 'to%3D[redacted:email]%26page',
    });
  });

  it('redacts completely URL-encoded addresses', () => {
    expectRedacted(emailRule, {
      '?email=ada%2Btag%40example.org&x': '?email=[redacted:email]&x',
      '?email=john%2edoe%40mail%2Eexample%2Eorg': '?email=[redacted:email]',
      '?a=%27o%27brien%5F1%2D2%40example.org%27': '?a=%27[redacted:email]%27',
      '?q=%2Bada%40example.org': '?q=%2B[redacted:email]',
      '?to=bob%40example.org%2Cada%40example.org': '?to=[redacted:email]%2C[redacted:email]',
    });
  });

  it('redacts international addresses', () => {
    expectRedacted(emailRule, {
      'jürgen@müller.example': '[redacted:email]',
      'иван@пример.рф': '[redacted:email]',
      'ada@xn--mnchen-3ya.xn--p1ai': '[redacted:email]',
    });
  });

  it('leaves JSON within a string intact', () => {
    const inner = JSON.stringify({ text: 'first\nada@example.org\tsecond' });
    expect(JSON.parse(emailRule.redact(inner, ''))).to.deep.equal({ text: 'first\n[redacted:email]\tsecond' });
  });

  it('does not change other text', () => {
    expectUntouched(emailRule, [
      '',
      '@',
      'a @ b.com',
      '@angular/core',
      'rxjs@7.8.2',
      'user@localhost',
      'ada@example.',
      'https://medium.com/@ada/why',
      'render@https://example.org/app.js:1:2',
      '50%40',
    ]);
  });
});
