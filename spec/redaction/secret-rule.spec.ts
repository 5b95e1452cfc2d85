import { expect } from 'chai';
import { secret } from '../../lib/redaction/secret-rule.js';
import { expectRedacted, expectUntouched } from '../support/redacted.js';

const secretRule = secret();

/** White space of `\s`, except for blanks, tabs and line breaks, and except for U+FEFF, which has no width. */
const WHITE_SPACE = Array.from({ length: 0xfeff }, (_, code) => String.fromCharCode(code)).filter((character) =>
  /[^\S \t\r\n]/.test(character),
);

describe('redaction.secret', () => {
  it('redacts a whole value by the name of its key', () => {
    expect(secretRule.redact('correct horse battery staple', 'data.password')).to.equal('[redacted:secret]');
    expect(secretRule.redact('', 'data.password')).to.equal('');
    expect(secretRule.redact('correct horse', 'data.passage')).to.equal('correct horse');
  });

  it('redacts the value after a name, up to its end', () => {
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

  it('does not change a value that consists of marks', () => {
    expectUntouched(secretRule, ['--password [redacted:api-key][redacted:email]', 'token=[redacted:secret]']);
  });

  it('redacts the parameters of URLs, nested and encoded ones included', () => {
    expectRedacted(secretRule, {
      'https://example.org/?a=1&access_token=abc&b=2#c': 'https://example.org/?a=1&access_token=[redacted:secret]&b=2#c',
      '/cb?next=%2Fx%3Ftoken%3Dabc%26y%3D1': '/cb?next=%2Fx%3Ftoken%3D[redacted:secret]%26y%3D1',
      'https://s3.example.org/o?X-Amz-Signature=abc123&X-Amz-Date=1':
        'https://s3.example.org/o?X-Amz-Signature=[redacted:secret]&X-Amz-Date=1',
      'at fetch (https://example.org/a.js?token=abc:10:5)': 'at fetch (https://example.org/a.js?token=[redacted:secret])',
    });
  });

  it('redacts the password of a URL', () => {
    expectRedacted(secretRule, {
      'postgres://ada:hunter2@db.example.org:5432/x': 'postgres://ada:[redacted:secret]@db.example.org:5432/x',
      'https://:p:w@example.org': 'https://:[redacted:secret]@example.org',
      'https://x-access-token:abc@github.com/a/b.git': 'https://x-access-token:[redacted:secret]@github.com/a/b.git',
    });
    expectUntouched(secretRule, ['https://example.org:80/a@b', 'https://ada@example.org/x:y']);
  });

  it('redacts whole headers', () => {
    expectRedacted(secretRule, {
      'Cookie: a=b; sid=c\r\nHost: x': 'Cookie: [redacted:secret]\r\nHost: x',
      'Authorization: Digest username="ada", response="abc"\nHost: x': 'Authorization: [redacted:secret]\nHost: x',
      'curl -H "Authorization: Bearer abc def" https://x': 'curl -H "Authorization: [redacted:secret]" https://x',
      'curl -H \'Set-Cookie: a="b"; c\' x': "curl -H 'Set-Cookie: [redacted:secret]' x",
      'headers: {\\"raw\\":\\"Cookie: a=b; c=d\\",\\"x\\":1}': 'headers: {\\"raw\\":\\"Cookie: [redacted:secret]\\",\\"x\\":1}',
    });
  });

  it('redacts the arguments of commands', () => {
    expectRedacted(secretRule, {
      'deploy --token abc --env prod': 'deploy --token [redacted:secret] --env prod',
      'mysql --password "a b" --user ada': 'mysql --password "[redacted:secret]" --user ada',
      'login --api-key=abc': 'login --api-key=[redacted:secret]',
    });
    expectRedacted(secretRule, {
      '--password = abc': '--password = [redacted:secret]',
      '--password : abc': '--password : [redacted:secret]',
      '--password ::1': '--password [redacted:secret]',
      'password:)c--password =': 'password:)c--password =',
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

  it('does not change a name without value, or with a harmless one', () => {
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

  it('does not change redacted text', () => {
    expectUntouched(secretRule, [
      'password=[redacted:secret]',
      'token: "[redacted:api-key]"',
      'secret=[redacted:email]&x=1',
      '--token [redacted:secret]',
    ]);
  });

  it('redacts a value that only begins with a mark', () => {
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

  it('redacts a value with a mark around a match of another rule', () => {
    expectRedacted(secretRule, {
      'pass:[redacted:123-45-6789]': 'pass:[redacted:secret]',
      [`--pass [redacted:sk-${'b2'.repeat(10)}]`]: '--pass [redacted:secret]',
      'pass"=[redacted:]pass:@': 'pass"="[redacted:secret]"]pass:[redacted:secret]',
      '://:n@[redacted:x@y': '://:[redacted:secret]@[redacted:x@y',
    });
  });

  it('redacts whole private keys', () => {
    const pem = '-----BEGIN RSA PRIVATE KEY-----\nMIIE-vAIB/+ADAN==\n-----END RSA PRIVATE KEY-----';
    expectRedacted(secretRule, {
      [`PRIVATE_KEY=${pem}\nx=1`]: 'PRIVATE_KEY=[redacted:secret]\nx=1',
      [`PRIVATE_KEY="${pem}"\nx=1`]: 'PRIVATE_KEY="[redacted:secret]"\nx=1',
      [`private_key: ${pem}\nx: 1`]: 'private_key: [redacted:secret]\nx: 1',
      [`secret: two ${pem} words`]: 'secret: [redacted:secret]',
      [`Cookie: ${pem}\nHost: x`]: 'Cookie: [redacted:secret]\nHost: x',
      [`deploy --token ${pem} --env prod`]: 'deploy --token [redacted:secret] --env prod',
      [`form-data; name="secret"\r\n\r\n${pem}\r\n--x--`]: 'form-data; name="secret"\r\n\r\n[redacted:secret]\r\n--x--',
      [`private_key: ${pem.slice(0, -20)}`]: 'private_key: [redacted:secret]',
    });
    expectUntouched(secretRule, [pem, `key:\n${pem}\nend`]);
  });

  it('finds the names of form fields', () => {
    expectRedacted(secretRule, {
      'user[password]=hunter2&x=1': 'user[password]=[redacted:secret]&x=1',
      'password[]=a&password[]=b': 'password[]=[redacted:secret]&password[]=[redacted:secret]',
      'users[0][password]=hunter2 x': 'users[0][password]=[redacted:secret] x',
      'user%5Bpassword%5D=hunter2&x=1': 'user%5Bpassword%5D=[redacted:secret]&x=1',
      '$_POST["password"] = "hunter2"; next()': '$_POST["password"] = "[redacted:secret]"; next()',
      "user['password']=hunter2": "user['password']='[redacted:secret]'",
      'password_field=a passwordInput=b': 'password_field=[redacted:secret] passwordInput=[redacted:secret]',
      'Security code: 123, API key: abc': 'Security code: [redacted:secret], API key: [redacted:secret]',
    });
    expectUntouched(secretRule, [
      'user[name]=ada',
      'password[strength]=3',
      'error code: 7',
      '[redacted:api-key]: a',
      '"[redacted:secret]": 1',
    ]);
  });

  it('finds numbers under secret names', () => {
    for (const name of ['otp', 'cvv', 'password', 'user.pin', 'security_code', 'user[otp]'])
      expect(secretRule.redact('123456', `data.${name}`), name).to.equal('[redacted:secret]');
    expect(secretRule.redact('123456', 'data.tokens')).to.equal('123456');
    expect(secretRule.numbers).to.equal(true);
  });

  it('redacts quoted values completely, with any quotes', () => {
    expectRedacted(secretRule, {
      "{'password': b'hunter2', 'user': 'ada'}": "{'password': b'[redacted:secret]', 'user': 'ada'}",
      "{'password': u'hun\\'ter2'} x": "{'password': u'[redacted:secret]'} x",
      'token = rb"a b" x': 'token = rb"[redacted:secret]" x',
      'Password = @"a b" x': 'Password = @"[redacted:secret]" x',
      'password = """a "b" c""" x': 'password = """[redacted:secret]""" x',
      'password: “hunter2 two” x': 'password: “[redacted:secret]” x',
      'password: «a b» x': 'password: «[redacted:secret]» x',
    });
  });

  it('redacts passwords of several words', () => {
    expectRedacted(secretRule, {
      'password: hunter2 two': 'password: [redacted:secret]',
      'password: hunter2 two\nnext: line': 'password: [redacted:secret]\nnext: line',
      'password: correct horse battery user: ada': 'password: [redacted:secret] user: ada',
      'passphrase = a b c, user = ada': 'passphrase = [redacted:secret], user = ada',
      'Server=db;Password=p w;Port=1': 'Server=db;Password=[redacted:secret];Port=1',
      'Password=p w;': 'Password=[redacted:secret];',
      'Server=db;Pwd=p w': 'Server=db;Pwd=[redacted:secret]',
      "password: it's mine": 'password: [redacted:secret]',
      "Password=it's mine;": 'Password=[redacted:secret];',
      "password=]]o'brien%40ex.co.uk;": 'password=[redacted:secret];',
      "password=%26o'%40ex.co.uk;": 'password=[redacted:secret];',
      ';password=]pin:d=': ';password=]pin:[redacted:secret]',
      'password=a,b)c<d&x=1': 'password=[redacted:secret]&x=1',
      '{password:abc,user:x}': '{password:[redacted:secret],user:x}',
    });
  });

  it('redacts passwords of URLs with unencoded characters', () => {
    expectRedacted(secretRule, {
      'https://bob:p@ss@host/': 'https://bob:[redacted:secret]@host/',
      'https://bob:p@ss@host/a@b': 'https://bob:[redacted:secret]@host/a@b',
      'postgres://bob:p/w?x#y@host/db': 'postgres://bob:[redacted:secret]@host/db',
      'https://bob:p[w]@host/': 'https://bob:[redacted:secret]@host/',
      'smtp://ada@example.org:hunter2@host/': 'smtp://ada@example.org:[redacted:secret]@host/',
      "smtp://o'brien%40ex.co.uk:hunter2@host/": "smtp://o'brien%40ex.co.uk:[redacted:secret]@host/",
      'smtp://[redacted:email]:hunter2@host/': 'smtp://[redacted:email]:[redacted:secret]@host/',
      'https://[redacted:api-key],pin:a@host/': 'https://[redacted:api-key],pin:[redacted:secret]@host/',
      '?to=https%3A%2F%2Fbob%3Apw%40host%2F': '?to=https%3A%2F%2Fbob%3A[redacted:secret]%40host%2F',
    });
    expectUntouched(secretRule, [
      'https://example.org:80/a@b',
      'https://example.org:80?a@b',
      'https://[::1]:80/a@b',
      'git+ssh://git@host:org/x@v1',
    ]);
  });

  it('redacts the values of pairs and elements', () => {
    expectRedacted(secretRule, {
      '[{"name":"password","value":"hunter2"}]': '[{"name":"password","value":"[redacted:secret]"}]',
      '{"value":"hunter2","type":"text","name":"password"}': '{"value":"[redacted:secret]","type":"text","name":"password"}',
      '{\\"name\\":\\"pin\\",\\"value\\":1234}': '{\\"name\\":\\"pin\\",\\"value\\":\\"[redacted:secret]\\"}',
      '[["Authorization","Basic abc"],["Host","x"]]': '[["Authorization","[redacted:secret]"],["Host","x"]]',
      "[('password', 'hunter2')]": "[('password', '[redacted:secret]')]",
      '[["password",84736251],["port",80]]': '[["password","[redacted:secret]"],["port",80]]',
      '[[\\"pin\\", -12.75 ]]': '[[\\"pin\\", \\"[redacted:secret]\\" ]]',
      "('pin', 1234)": "('pin', '[redacted:secret]')",
      '["run","--pin",1234,"b"]': '["run","--pin","[redacted:secret]","b"]',
      "at setItem('token', 'abc')": "at setItem('token', '[redacted:secret]')",
      '["Host","x","Cookie","a=b"]': '["Host","x","Cookie","[redacted:secret]"]',
      '["run","--password","a","b"]': '["run","--password","[redacted:secret]","b"]',
      '"passwords":["a","b"],"x":1': '"passwords":["[redacted:secret]"],"x":1',
      '{"pin":[84736251, 1234 ],"x":[1]}': '{"pin":["[redacted:secret]"],"x":[1]}',
      '{\\"pin\\":[-1.5e3]}': '{\\"pin\\":[\\"[redacted:secret]\\"]}',
      '{"pin":[null,1234,"a"]}': '{"pin":["[redacted:secret]"]}',
      [`{"secretKey":[${'174,'.repeat(100)}7]}`]: '{"secretKey":["[redacted:secret]"]}',
      '<user><password type="text">hunter2</password></user>': '<user><password type="text">[redacted:secret]</password></user>',
      '<ns:token><![CDATA[a<b]]></ns:token>': '<ns:token><![CDATA[[redacted:secret]]]></ns:token>',
      '<input type="password" id="f" value="hunter2">': '<input type="password" id="f" value="[redacted:secret]">',
    });
    expectUntouched(secretRule, [
      '{"name":"ada","value":"b"}',
      '{"type":"token","value":"b"}',
      '["password","email","name"]',
      '["pin",1234,"name"]',
      '["port",80]',
      '<b>password</b>',
      '<password></password>',
    ]);
  });

  it('redacts the values of multipart forms', () => {
    const body = (value: string, newline: string): string =>
      [
        '--x',
        'Content-Disposition: form-data; name="user"',
        '',
        'bob',
        '--x',
        'Content-Disposition: form-data; name="user[password]"',
        'Content-Type: text/plain',
        '',
        value,
        '--x--',
        '',
      ].join(newline);
    for (const newline of ['\r\n', '\n', String.raw`\r\n`]) {
      expect(secretRule.redact(body('hunter2', newline), '')).to.equal(body('[redacted:secret]', newline));
      expect(secretRule.redact(body('two words', newline), '')).to.equal(body('[redacted:secret]', newline));
    }
    expect(secretRule.redact('form-data; name="password"\r\n\r\nhunter2', '')).to.equal(
      'form-data; name="password"\r\n\r\n[redacted:secret]',
    );
    const harmless = 'form-data; name="colour"\r\n\r\nred\r\n--x--';
    expect(secretRule.redact(harmless, '')).to.equal(harmless);
  });

  it('finds names with encoded brackets', () => {
    expect(secretRule.redact('hunter2', 'data.user%5Bpassword%5D')).to.equal('[redacted:secret]');
    expect(secretRule.matchesName?.('user%5Bpassword%5D')).to.equal(true);
  });

  it('treats all white space within a line as blanks', () => {
    for (const space of WHITE_SPACE) {
      const code = `U+${space.charCodeAt(0).toString(16)}`;
      for (const name of ['password', 'api key', '"token"', 'user[pin]'])
        for (const separator of ['=', ':', '=>', '%3D'])
          for (const value of ['hunter2', '"hunter2"', "['hunter2']"])
            expect(secretRule.redact(`${name}${space}${separator}${space}${value}`, ''), `${code} ${name} ${separator}`)
              .to.match(/\[redacted:secret\]['"\]]*$/)
              .and.not.contain('hunter2');
      for (const text of [
        `--token${space}hunter2`,
        `password: two${space}hunter2`,
        `a=b;password=two${space}hunter2;c=d`,
        `token: Bearer${space}hunter2`,
        `[${space}"pin",${space}"hunter2"${space}]`,
        `{"name"${space}:${space}"pin",${space}"value"${space}:${space}"hunter2"}`,
        `form-data;${space}name="pin"\r\n\r\nhunter2`,
      ]) {
        const redacted = secretRule.redact(text, '');
        expect(redacted, `${code} ${text}`).to.contain('[redacted:secret]').and.not.contain('hunter2');
        expect(secretRule.redact(redacted, ''), `${code} ${text}, a second time`).to.equal(redacted);
      }
    }
  });

  it('finds names of keys with no-break spaces and other blanks', () => {
    for (const space of WHITE_SPACE.filter((character) => !'\v\f'.includes(character)))
      for (const name of [`password${space}:`, `security${space}code`])
        expect(secretRule.redact('x', `data.${name}`), name).to.equal('[redacted:secret]');
  });

  it('keeps white space that is not a blank', () => {
    expectRedacted(secretRule, {
      'password\u00a0=\u00a0hunter2': 'password\u00a0=\u00a0[redacted:secret]',
      'password\u00a0: hunter2\u00a0two, user\u00a0: ada': 'password\u00a0: [redacted:secret], user\u00a0: ada',
    });
    expectUntouched(secretRule, ['password\u00a0=\u00a0', 'password\u00a0is required', 'password:\u00a0\nuser: ada']);
  });

  it('finds hidden names and values', () => {
    expectRedacted(secretRule, {
      'pass\u200bword=hunter2': 'password=[redacted:secret]',
      'ｐａｓｓｗｏｒｄ＝hunter2': 'password=[redacted:secret]',
      '?next=%252Fx%253Ftoken%253Dabc%2526y%253D1': '?next=%2Fx%3Ftoken%3D[redacted:secret]%26y%3D1',
      'user%255Bpassword%255D%253Dabc': 'user%5Bpassword%5D%3D[redacted:secret]',
      '%70assword=hunter2': 'password=[redacted:secret]',
      '&quot;password&quot;:&quot;hunter2&quot;': '"password":"[redacted:secret]"',
      'password&#61;hunter2': 'password=[redacted:secret]',
      'password\\u003dhunter2': 'password=[redacted:secret]',
    });
    expect(secretRule.redact('x', 'data.pass\u200bword')).to.equal('[redacted:secret]');
    expect(secretRule.redact('x', 'data.ｐａｓｓｗｏｒｄ')).to.equal('[redacted:secret]');
    for (const name of ['pass\u200bword', 'ｐａｓｓｗｏｒｄ']) expect(secretRule.matchesName?.(name), name).to.equal(true);
  });
});
