import { expect } from 'chai';
import { secret } from '../../lib/redaction/secret-rule.js';
import { expectRedacted, expectUntouched } from '../support/redacted.js';

const secretRule = secret();

describe('redaction.secret', () => {
  it('takes out a whole value by the name of its key', () => {
    expect(secretRule.redact('correct horse battery staple', 'data.password')).to.equal('[redacted:secret]');
    expect(secretRule.redact('', 'data.password')).to.equal('');
    expect(secretRule.redact('correct horse', 'data.passage')).to.equal('correct horse');
  });

  it('takes out the value after a name, up to its end', () => {
    expectRedacted(secretRule, {
      'password=hunter2': 'password=[redacted:secret]',
      'password = hunter2, user = ada': 'password = [redacted:secret], user = ada',
      'password: hunter2\nuser: ada': 'password: [redacted:secret]\nuser: ada',
      'token=>abc token:=abc token==abc': 'token=>[redacted:secret] token:=[redacted:secret] token==[redacted:secret]',
      'Server=db;Password=p@ss:w0rd;Port=1': 'Server=db;Password=[redacted:secret];Port=1',
      '(api_key=abc)': '(api_key=[redacted:secret])',
      'secret="a b" x': 'secret="[redacted:secret]" x',
      "secret='it''s' x": "secret='[redacted:secret]''s' x",
      'password="never closed\nnext line': 'password="[redacted:secret]\nnext line',
      'token: Bearer abc def': 'token: [redacted:secret] def',
    });
  });

  it('leaves a value alone that is nothing but marks', () => {
    expectUntouched(secretRule, ['--password [redacted:api-key][redacted:email]', 'token=[redacted:secret]']);
  });

  it('takes out the parameters of URLs, nested and encoded ones included', () => {
    expectRedacted(secretRule, {
      'https://example.org/?a=1&access_token=abc&b=2#c': 'https://example.org/?a=1&access_token=[redacted:secret]&b=2#c',
      '/cb?next=%2Fx%3Ftoken%3Dabc%26y%3D1': '/cb?next=%2Fx%3Ftoken%3D[redacted:secret]%26y%3D1',
      'https://s3.example.org/o?X-Amz-Signature=abc123&X-Amz-Date=1':
        'https://s3.example.org/o?X-Amz-Signature=[redacted:secret]&X-Amz-Date=1',
      'at fetch (https://example.org/a.js?token=abc:10:5)': 'at fetch (https://example.org/a.js?token=[redacted:secret])',
    });
  });

  it('takes out the password of a URL', () => {
    expectRedacted(secretRule, {
      'postgres://ada:hunter2@db.example.org:5432/x': 'postgres://ada:[redacted:secret]@db.example.org:5432/x',
      'https://:p:w@example.org': 'https://:[redacted:secret]@example.org',
      'https://x-access-token:abc@github.com/a/b.git': 'https://x-access-token:[redacted:secret]@github.com/a/b.git',
    });
    expectUntouched(secretRule, ['https://example.org:80/a@b', 'https://ada@example.org/x:y']);
  });

  it('takes out whole headers', () => {
    expectRedacted(secretRule, {
      'Cookie: a=b; sid=c\r\nHost: x': 'Cookie: [redacted:secret]\r\nHost: x',
      'Authorization: Digest username="ada", response="abc"\nHost: x': 'Authorization: [redacted:secret]\nHost: x',
      'curl -H "Authorization: Bearer abc def" https://x': 'curl -H "Authorization: [redacted:secret]" https://x',
      'curl -H \'Set-Cookie: a="b"; c\' x': "curl -H 'Set-Cookie: [redacted:secret]' x",
      'headers: {\\"raw\\":\\"Cookie: a=b; c=d\\",\\"x\\":1}': 'headers: {\\"raw\\":\\"Cookie: [redacted:secret]\\",\\"x\\":1}',
    });
  });

  it('takes out the arguments of commands', () => {
    expectRedacted(secretRule, {
      'deploy --token abc --env prod': 'deploy --token [redacted:secret] --env prod',
      'mysql --password "a b" --user ada': 'mysql --password "[redacted:secret]" --user ada',
      'login --api-key=abc': 'login --api-key=[redacted:secret]',
    });
    expectUntouched(secretRule, ['login --password --user ada', 'login --password-file x', 'a -- token b']);
  });

  for (const depth of [0, 1, 2, 3]) {
    it(`keeps JSON in a string JSON, ${String(depth)} levels deeper`, () => {
      const nest = (value: unknown): string => {
        let json = JSON.stringify(value);
        for (let level = 0; level < depth; level += 1) json = JSON.stringify({ body: json });
        return json;
      };
      const before = nest({ password: 'a"b\\"c\\', user: 'ada', token: 12345, pwd: null, secret: '', list: [{ apiKey: 'x' }] });
      const after = nest({
        password: '[redacted:secret]',
        user: 'ada',
        token: '[redacted:secret]',
        pwd: null,
        secret: '',
        list: [{ apiKey: '[redacted:secret]' }],
      });
      expect(secretRule.redact(before, 'data.body')).to.equal(after);
    });
  }

  it('leaves what has no value, or a harmless one', () => {
    expectUntouched(secretRule, [
      'password=',
      'password: ',
      'password=&token=',
      '"password":""',
      '"token":null,"secret":false',
      '"token":{"type":"a"}',
      'password is required',
      'Password::reset(user)',
      'user=ada&page=2',
      'tokens: 512',
    ]);
  });

  it('leaves what is redacted already', () => {
    expectUntouched(secretRule, [
      'password=[redacted:secret]',
      'token: "[redacted:api-key]"',
      'secret=[redacted:email]&x=1',
      '--token [redacted:secret]',
    ]);
  });

  it('is not put off by a mark that is no more than the beginning of a value', () => {
    expectRedacted(secretRule, {
      'password=[redacted:hunter2': 'password=[redacted:secret]',
      'password=[redacted:evil]hunter2 x': 'password=[redacted:secret] x',
      'password=hunter[redacted:evil]2&x=1': 'password=[redacted:secret]&x=1',
      'password="[redacted:x] hunter2"': 'password="[redacted:secret]"',
      'password=[redacted:secret]@hunter2 x': 'password=[redacted:secret] x',
      'token: Bearer [redacted:x]abc def': 'token: [redacted:secret] def',
      'Authorization: [redacted:x] hunter2\nHost: x': 'Authorization: [redacted:secret]\nHost: x',
      '--token [redacted:x]abc --env prod': '--token [redacted:secret] --env prod',
      [`secret=[redacted:${'a'.repeat(31)}`]: 'secret=[redacted:secret]',
    });
  });
});
