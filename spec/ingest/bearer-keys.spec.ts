import { expect } from 'chai';
import { bearerKeys } from '../../lib/ingest/bearer-keys.js';
import type { Authorize } from '../../lib/ingest/authorize.js';

const asked = (authorize: Authorize, authorization?: string) =>
  authorize(new Request('https://events.example/', { headers: authorization === undefined ? {} : { authorization } }));

describe('bearerKeys', () => {
  it('accepts a bearer token with any case and blanks of its scheme', async () => {
    const authorize = bearerKeys(['k-1']);
    for (const authorization of ['Bearer k-1', 'bearer  k-1 ', 'BEARER k-1'])
      expect(await asked(authorize, authorization), authorization).to.equal(true);
  });

  it('answers 401 to every other header, and to none', async () => {
    const authorize = bearerKeys(['k-1']);
    for (const authorization of [undefined, '', 'k-1', 'Basic k-1', 'Bearer', 'Bearer k-1 k-1', 'Bearerk-1', 'Bearer K-1', 'XBearer k-1'])
      expect(await asked(authorize, authorization), authorization).to.equal(401);
    expect(await asked(authorize, `Bearer ${'x'.repeat(10_000)}`)).to.equal(401);
  });

  it('refuses keys that a header cannot contain, without showing them', () => {
    for (const key of ['two words', 'a\nb', ' k', 'k\t', 'a\0b', 'ключ', 'a\u00a0b', '']) {
      expect(() => bearerKeys(['k-1', key]), key).to.throw(
        TypeError,
        /^Expected every key to be a non-empty string without blanks, of characters that a header can hold$/,
      );
    }
  });

  it('accepts keys of all other characters', async () => {
    expect(await asked(bearerKeys(['clé/+=~']), 'Bearer clé/+=~')).to.equal(true);
  });
});
