import { expect } from 'chai';
import { isSecretName, isSecretPath } from '../../lib/redaction/secret-name.js';
import { secret } from '../../lib/redaction/secret-rule.js';

const secretRule = secret();

const SECRETS = [
  ...['password', 'Password', 'PASSWORD', 'userPassword', 'user_password', 'user-password', 'new password', 'password2', 'dbPasswd', 'pwd'],
  ...['passwordHash', 'password_confirmation', 'passwords', 'pass', 'dbPass', 'DB_PASS', 'smtp-pass', 'passphrase', 'passcode', 'pinCode'],
  ...['secret', 'client_secret', 'clientSecret', 'secrets', 'SECRET_KEY', 'aws_secret_access_key', 'secretAccessKey', 'privateKey'],
  ...['token', 'accessToken', 'refresh_token', 'X-CSRF-Token', 'tokenValue', 'jwt', 'apiKey', 'api_key', 'API-KEY', 'apikey', 'x-api-key'],
  ...[
    'authorization',
    'Authorization',
    'proxy-authorization',
    'auth',
    'x-auth',
    'basicAuth',
    'cookie',
    'set-cookie',
    'cookies',
    'PHPSESSID',
  ],
  ...[
    'JSESSIONID',
    'credential',
    'credentials',
    'X-Amz-Credential',
    'X-Amz-Signature',
    'sig',
    'connectionString',
    'otp',
    'cvv',
    'cvv2',
    'cardCvc',
  ],
  ...['AccountKey', 'encryption_key', 'signingKeys'],
  ...['pin', 'PIN', 'cardPin', 'pin_number', 'sid', 'connect.sid', 'totp', 'userTotp', 'otpCode', 'OTP_CODE', 'pw', 'securityCode'],
  ...['security_code', 'cardSecurityCode', 'verificationCode', 'sms-code', 'twoFactorCode', '2fa_code', 'backupCodes', 'oneTimeCode'],
  ...['refreshTokens', 'access_tokens', 'session_id', 'sessionId', 'ASP.NET_SessionId', 'sessid', 'csrf', '_csrf', 'XSRF-TOKEN', 'bearer'],
  ...['securityAnswer', 'seed_phrase', 'code_verifier', 'sessionKey', 'csrfmiddlewaretoken'],
  // Where the value is from.
  ...['password_field', 'passwordInput', 'password-box', 'passwordText2', 'new_password_input_value', 'token_header', 'authHeader'],
  ...['otpInput', 'pinField', 'cvv_value', 'passwordNew', 'password_old', 'PASSWORD_ENV', 'tokenBase64', 'passwordRepeat'],
  // The names of form fields.
  ...['user[password]', 'password[]', 'password[0]', 'users[0][password]', 'user[password][]', 'user[password_confirmation]', 'user[pin]'],
];

const HARMLESS = [
  ...[
    'spin',
    'pinned',
    'spinner',
    'inside',
    'side',
    'residue',
    'password_resets',
    'passwordChangedAt',
    'tokenExpiresIn',
    'password_enabled',
  ],
  ...['security', 'codeword', 'postcode', 'zipCode', 'errorCode', 'statusCode', 'countryCode', 'code', 'sessions', 'session', 'answer'],
  ...['cachedTokens', 'totpEnabled', 'pinCount', 'password[strength]', 'secret[count]', 'cookieConsent[analytics]', 'authoring'],
  ...['', 'name', 'passed', 'passenger', 'bypass', 'compass', 'password_strength', 'passwordLength', 'secretary', 'tokens', 'input_tokens'],
  ...[
    'maxTokens',
    'tokenCount',
    'tokenType',
    'tokenizer',
    'author',
    'authored',
    'authType',
    'OAuth2Provider',
    'cookieConsent',
    'acceptCookies',
  ],
  ...['key', 'keyboard', 'primaryKey', 'monkey', 'design', 'signal', 'sigma', 'notpossible', 'publicKey', 'credentialed'],
];

describe('isSecretName', () => {
  for (const name of SECRETS) {
    it(`is true for ${name}`, () => {
      expect(isSecretName(name)).to.be.true;
    });
  }

  for (const name of HARMLESS) {
    it(`is false for ${name === '' ? 'no name' : name}`, () => {
      expect(isSecretName(name)).to.be.false;
    });
  }

  it('agrees with the names that secretRule searches for in texts', () => {
    for (const name of SECRETS) {
      expect(secretRule.redact(`${name}=hunter2`, ''), name).to.equal(`${name}=[redacted:secret]`);
    }
    for (const name of HARMLESS) expect(secretRule.redact(`${name}=hunter2`, ''), name).to.equal(`${name}=hunter2`);
  });
});

describe('isSecretPath', () => {
  it('looks past the brackets of form fields and the punctuation of labels', () => {
    for (const path of ['data.user[password]', 'data.password[].0', 'data.user["password"]', 'data.0.New password:', 'data.0.PIN *'])
      expect(isSecretPath(path), path).to.be.true;
    expect(isSecretPath('data.user[password].current')).to.be.true;
    expect(isSecretPath('data.user[name]')).to.be.false;
  });

  it('checks the last key', () => {
    expect(isSecretPath('data.user.password')).to.be.true;
    expect(isSecretPath('data.passwordStrength.password_strength')).to.be.false;
    expect(isSecretPath('metadata.apiKey')).to.be.true;
    expect(isSecretPath('data')).to.be.false;
    expect(isSecretPath('')).to.be.false;
  });

  it('looks past the indices of arrays', () => {
    expect(isSecretPath('data.passwords.0')).to.be.true;
    expect(isSecretPath('data.cookie.10.2')).to.be.true;
    expect(isSecretPath('data.names.0')).to.be.false;
  });

  it('is true for everything inside secrets', () => {
    expect(isSecretPath('data.cookies.sid')).to.be.true;
    expect(isSecretPath('data.credentials.aws.id')).to.be.true;
    expect(isSecretPath('data.acceptCookies.analytics')).to.be.false;
  });

  it('is true for everything inside a single secret', () => {
    for (const name of [
      'password',
      'secret',
      'token',
      'cookie',
      'accessToken',
      'api_key',
      'user.newPassword',
      'otp',
      'pwd',
      'passwordHash',
      'pw',
      'psk',
      'sid',
    ])
      expect(isSecretPath(`data.${name}.current`), name).to.be.true;
    expect(isSecretPath('data.password.1.b')).to.be.true;
    expect(isSecretPath('metadata.token.a.b.c')).to.be.true;
  });

  it('is false inside objects with a broader name', () => {
    for (const name of ['auth', 'pass', 'sig', 'signature', 'tokens', 'tokenCount', 'secretary', 'cookieConsent', 'primaryKey', 'hotp'])
      expect(isSecretPath(`data.${name}.current`), name).to.be.false;
  });
});
