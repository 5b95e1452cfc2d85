import { expect } from 'chai';
import fc from 'fast-check';
import { ip } from '../../lib/redaction/ip-rule.js';
import { expectRedacted, expectUntouched } from '../support/redacted.js';

const ipRule = ip();

describe('redaction.ip', () => {
  it('redacts IPv4 addresses', () => {
    expectRedacted(ipRule, {
      '192.0.2.7': '[redacted:ip]',
      'from 192.0.2.7:8080, 10.0.0.1/8 and 255.255.255.255.': 'from [redacted:ip]:8080, [redacted:ip]/8 and [redacted:ip].',
      'http://192.0.2.7/path?ip=198.51.100.1&x=1': 'http://[redacted:ip]/path?ip=[redacted:ip]&x=1',
      'ip%3D192.0.2.7%26': 'ip%3D[redacted:ip]%26',
      'at connect (10.1.2.3:443:17)': 'at connect ([redacted:ip]:443:17)',
    });
  });

  it('redacts IPv6 addresses in every form', () => {
    expectRedacted(ipRule, {
      '2001:db8:0:0:8:800:200c:417a': '[redacted:ip]',
      '2001:DB8::8:800:200C:417A': '[redacted:ip]',
      '::1': '[redacted:ip]',
      'fe80::': '[redacted:ip]',
      '::ffff:192.0.2.128': '[redacted:ip]',
      '64:ff9b::192.0.2.33': '[redacted:ip]',
      '1:2:3:4:5:6:192.0.2.1': '[redacted:ip]',
      'http://[2001:db8::1]:80/': 'http://[[redacted:ip]]:80/',
      'fe80::1%eth0, 2001:db8::/32': '[redacted:ip]%eth0, [redacted:ip]/32',
      'dial 2001:db8::1: refused': 'dial [redacted:ip]: refused',
    });
  });

  it('does not change text that only looks like an address', () => {
    expectUntouched(ipRule, [
      '1.2.3',
      '1.2.3.4.5',
      'v1.2.3.4',
      '256.1.1.1',
      '1.2.3.400',
      '12:34:56',
      '00:1b:44:11:3a:b7',
      'app.js:12:34',
      'std::vector<int>',
      'a::before',
      '::',
      '1:2:3:4:5:6:7',
      '1:2:3:4:5:6:7:8:9',
      '1::2::3',
      '1:2:3:4::5:6:7:8',
      ':1:2:3:4:5:6:7:8',
      '::1:2:3:4:5:6:7:8',
      '12345::1',
    ]);
  });

  it('does not change versions in user agents', () => {
    expectUntouched(ipRule, [
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 Edg/120.0.0.0',
      'Mozilla/5.0 (Windows; U; rv:1.9.2.8) Gecko/20100722 Firefox/3.6.8',
    ]);
    expect(ipRule.redact('srv:1.9.2.8 hosts/192.0.2.7 /10.0.0.0', '')).to.equal('srv:[redacted:ip] hosts/[redacted:ip] /[redacted:ip]');
  });

  it('does not change versions under a version key', () => {
    for (const key of ['metadata.appVersion', 'data.version', 'data.os_version']) expect(ipRule.redact('1.2.3.4', key)).to.equal('1.2.3.4');
    for (const key of ['data.versions', 'data.conversion', 'data.inversion', 'data.subversion', 'data.CONVERSION'])
      expect(ipRule.redact('1.2.3.4', key), key).to.equal('[redacted:ip]');
    for (const key of ['data.appversion', 'data.OSVersion', 'data.APP_VERSION', 'version'])
      expect(ipRule.redact('1.2.3.4', key), key).to.equal('1.2.3.4');
  });

  it('redacts addresses under such a key that are not versions', () => {
    expect(ipRule.redact('from 192.0.2.7', 'data.version')).to.equal('from [redacted:ip]');
    expect(ipRule.redact('2001:db8::1', 'data.version')).to.equal('[redacted:ip]');
  });

  it('redacts any address', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.ipV4(),
          fc.ipV6().filter((address) => address !== '::'),
        ),
        (address) => {
          expect(ipRule.redact(`from ${address}, port 80`, '')).to.equal('from [redacted:ip], port 80');
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
