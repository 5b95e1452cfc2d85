import { expect } from 'chai';
import { basicAuth, endpoint } from '../../lib/vendors/endpoint.js';

describe('endpoint', () => {
  for (const [url, path, query, whole] of [
    ['https://example.org', '/v1/batch', '', 'https://example.org/v1/batch'],
    ['https://example.org/', '/v1/batch', '', 'https://example.org/v1/batch'],
    ['https://example.org//', '/v1', 'a=1', 'https://example.org/v1?a=1'],
    ['https://example.org/base?x=/#f', '/v1', 'a=1', 'https://example.org/base/v1?x=/&a=1'],
    ['https://example.org?x=1', '/', 'a=1', 'https://example.org/?x=1&a=1'],
  ] as const)
    it(`puts ${path} and '${query}' into ${url}`, () => {
      expect(endpoint(url, path, query)).to.equal(whole);
      expect(endpoint(new URL('https://example.org'), '/v1')).to.equal('https://example.org/v1');
    });
});

describe('basicAuth', () => {
  it('is the user without a password', () => {
    expect(basicAuth('key')).to.deep.equal({ authorization: 'Basic a2V5Og==' });
  });
});
