import { expect } from 'chai';
import { basicAuth, endpoint } from '../../lib/vendors/endpoint.js';

describe('endpoint', () => {
  for (const [url, path, whole] of [
    ['https://example.org', '/v1/batch', 'https://example.org/v1/batch'],
    ['https://example.org/', '/v1/batch', 'https://example.org/v1/batch'],
    ['https://example.org//', '/v1?a=1', 'https://example.org/v1?a=1'],
    ['https://example.org/base?x=/#f?g', '/v1?a=1', 'https://example.org/base/v1?a=1&x=/'],
    ['https://example.org/base/?x=/?y', '/v1', 'https://example.org/base/v1?x=/?y'],
    ['https://example.org#/f', '/v1', 'https://example.org/v1'],
    ['', '/v1', '/v1'],
    ['/', '/v1', '/v1'],
    ['https://', '/v1', 'https://'],
    ['https:', '/v1', 'https:'],
  ] as const)
    it(`puts ${path} into '${url}'`, () => {
      expect(endpoint(url, path)).to.equal(whole);
      expect(endpoint(new URL('https://example.org'), '/v1')).to.equal('https://example.org/v1');
    });
});

describe('basicAuth', () => {
  it('is the user without a password', () => {
    expect(basicAuth('key')).to.deep.equal({ authorization: 'Basic a2V5Og==' });
  });
});
