import { expect } from 'chai';
import fc from 'fast-check';
import { apiKey, bearerKeys, type Authorize } from '../../lib/ingest/index.js';
import { keyRing } from '../../lib/ingest/key-ring.js';

describe('keyRing', () => {
  it('accepts its keys and no other', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), fc.string(), async (keys, other) => {
        const isKnown = keyRing(keys);
        for (const key of [...keys, other]) expect(await isKnown(key)).to.equal(keys.includes(key));
      }),
      { numRuns: 50 },
    );
  });

  it('throws if it is empty, without showing a key', () => {
    expect(() => keyRing([])).to.throw(TypeError, 'at least one key');
    expect(() => keyRing(['secret', ''])).to.throw(TypeError, /^Expected every key to be a non-empty string$/);
    expect(() => keyRing('secret' as unknown as string[])).to.throw(TypeError, /^Expected `keys` to be a list with at least one key$/);
  });

  it('compares all hashes, even after a match', async () => {
    const isKnown = keyRing(['first', 'second', 'third']);
    expect(await Promise.all(['first', 'second', 'third', 'fourth'].map(isKnown))).to.deep.equal([true, true, true, false]);
  });
});

const asked = (authorize: Authorize, headers: Readonly<Record<string, string>>, url = 'https://events.example/') =>
  authorize(new Request(url, { headers }));

describe('bearerKeys', () => {
  it('reads a bearer token', async () => {
    const authorize = bearerKeys(['k-1']);
    expect(await asked(authorize, { authorization: 'Bearer k-1' })).to.equal(true);
    expect(await asked(authorize, { authorization: 'bearer  k-1 ' })).to.equal(true);
    for (const authorization of ['k-1', 'Basic k-1', 'Bearer', 'Bearer k-1 k-1', 'Bearer k-2', `Bearer ${'x'.repeat(10_000)}`]) {
      expect(await asked(authorize, { authorization }), authorization).to.equal(401);
    }
    expect(await asked(authorize, {})).to.equal(401);
  });
});

describe('keys that a request cannot contain', () => {
  const atHeader = 'Expected every key to be a non-empty string that a header can hold';

  it('are refused without showing them', () => {
    for (const key of ['two words', 'a\nb', ' k', 'k\t', 'a\0b', 'ключ', 'a\u00a0b']) {
      expect(() => bearerKeys(['k-1', key]), key).to.throw(
        TypeError,
        /^Expected every key to be a non-empty string without blanks, of characters that a header can hold$/,
      );
    }
    for (const key of ['a\nb', ' k', 'k ', 'a\0b', 'ключ']) {
      expect(() => apiKey(['k-1', key]), key)
        .to.throw(TypeError)
        .with.property('message', atHeader);
    }
  });

  it('do not include those that fit into a header or a query parameter', async () => {
    expect(await asked(bearerKeys(['clé/+=~']), { authorization: 'Bearer clé/+=~' })).to.equal(true);
    expect(await asked(apiKey(['two  words']), { 'x-api-key': 'two  words' })).to.equal(true);
    expect(
      await asked(apiKey(['a\nключ '], { query: 'key' }), {}, `https://events.example/?key=${encodeURIComponent('a\nключ ')}`),
    ).to.equal(true);
  });
});

describe('apiKey', () => {
  it('throws for an invalid header name and an empty parameter', () => {
    for (const header of ['', 'x key', 'x:y', 7]) {
      expect(() => apiKey(['k-1'], { header: header as string })).to.throw(TypeError, 'Expected `header` to be the name of a header');
    }
    expect(() => apiKey(['k-1'], { query: '' })).to.throw(TypeError, 'Expected `query`');
    expect(() => apiKey(['k-1'], 'x-key' as never)).to.throw(TypeError, 'Expected `options` to be an object');
    expect(() => apiKey(['k-1'], { name: 'x-key' } as object)).to.throw(TypeError, 'Unknown option `name`');
  });

  it('reads a header, and the query only with `query`', async () => {
    expect(await asked(apiKey(['k-1']), { 'x-api-key': 'k-1' })).to.equal(true);
    expect(await asked(apiKey(['k-1'], { header: 'x-key' }), { 'x-key': 'k-1' })).to.equal(true);
    expect(await asked(apiKey(['k-1']), {}, 'https://events.example/?key=k-1')).to.equal(401);
    expect(await asked(apiKey(['k&1'], { query: 'key' }), {}, 'https://events.example/?key=k%261')).to.equal(true);
    expect(await asked(apiKey(['k-1'], { query: 'key' }), { 'x-api-key': 'other' }, 'https://events.example/?key=k-1')).to.equal(401);
  });
});
