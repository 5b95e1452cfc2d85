import { expect } from 'chai';
import { endpoint, endpointQuery } from '../../lib/vendors/endpoint.js';

describe('endpoint', () => {
  for (const [url, whole] of [
    ['https://example.org', 'https://example.org/v1'],
    ['https://example.org/', 'https://example.org/v1'],
    ['https://example.org//', 'https://example.org/v1'],
    ['https://example.org:8443/base/?x=/?y', 'https://example.org:8443/base/v1?x=/?y'],
    ['https://example.org?x=/', 'https://example.org/v1?x=/'],
    ['https://example.org#/f?g', 'https://example.org/v1#/f?g'],
    ['http://[::1]', 'http://[::1]/v1'],
    ['', '/v1'],
    ['/', '/v1'],
    ['https://', 'https://'],
    ['https:', 'https:'],
  ] as const)
    it(`puts a path into '${url}'`, () => {
      expect(endpoint(url, '/v1')).to.equal(whole);
      expect(endpoint(new URL('https://example.org'), '/v1')).to.equal('https://example.org/v1');
    });
});

describe('endpointQuery', () => {
  for (const [url, whole] of [
    ['https://example.org', 'https://example.org/v1?a=1'],
    ['https://example.org//', 'https://example.org/v1?a=1'],
    ['https://example.org/base?x=/', 'https://example.org/base/v1?a=1&x=/'],
    ['https://example.org/base/?x=/?y#f', 'https://example.org/base/v1?a=1&x=/?y#f'],
    ['https://example.org/#f?g', 'https://example.org/v1?a=1#f?g'],
    ['/', '/v1?a=1'],
    ['https://', 'https://'],
  ] as const)
    it(`puts a path and its query into '${url}'`, () => {
      expect(endpointQuery(url, '/v1?a=1')).to.equal(whole);
    });
});
