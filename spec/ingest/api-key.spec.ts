import { expect } from 'chai';
import { apiKey } from '../../lib/ingest/api-key.js';
import type { Authorize } from '../../lib/ingest/authorize.js';

const asked = (authorize: Authorize, headers: Readonly<Record<string, string>>, query = '') =>
  authorize(new Request(`https://events.example/${query}`, { headers }));

describe('apiKey', () => {
  it('reads the header `x-api-key`, or another one', async () => {
    expect(await asked(apiKey(['k-1', 'k-2']), { 'X-API-Key': 'k-2' })).to.equal(true);
    const authorize = apiKey(['k-1'], { header: 'X-Key' });
    expect(await asked(authorize, { 'x-key': 'k-1' })).to.equal(true);
    expect(await asked(authorize, { 'x-api-key': 'k-1' })).to.equal(401);
  });

  it('answers 401 without a key, to an unknown one, and to two in one header', async () => {
    const authorize = apiKey(['k-1']);
    expect(await asked(authorize, {})).to.equal(401);
    expect(await asked(apiKey(['null']), {})).to.equal(401);
    for (const key of ['', 'k-2', 'K-1', 'k-1, k-1']) expect(await asked(authorize, { 'x-api-key': key }), key).to.equal(401);
  });

  it('reads the query only with `query`', async () => {
    expect(await asked(apiKey(['k-1']), {}, '?key=k-1')).to.equal(401);
    const authorize = apiKey(['k&1'], { query: 'key' });
    expect(await asked(authorize, {}, '?key=k%261')).to.equal(true);
    expect(await asked(authorize, {}, '?other=k%261')).to.equal(401);
  });

  it('prefers the header to the query', async () => {
    const authorize = apiKey(['k-1'], { query: 'key' });
    expect(await asked(authorize, { 'x-api-key': 'k-1' }, '?key=other')).to.equal(true);
    expect(await asked(authorize, { 'x-api-key': 'other' }, '?key=k-1')).to.equal(401);
  });

  it('refuses keys that a header cannot contain, without showing them', () => {
    for (const key of ['a\nb', ' k', 'k ', '\tk', 'a\0b', 'ключ', '']) {
      expect(() => apiKey(['k-1', key]), key)
        .to.throw(TypeError)
        .with.property('message', 'Expected every key to be a non-empty string that a header can hold');
    }
  });

  it('accepts keys with blanks inside, and with `query` any text', async () => {
    expect(await asked(apiKey(['two  words']), { 'x-api-key': 'two  words' })).to.equal(true);
    expect(await asked(apiKey(['k']), { 'x-api-key': 'k' })).to.equal(true);
    const authorize = apiKey(['a\nключ '], { query: 'key' });
    expect(await asked(authorize, {}, `?key=${encodeURIComponent('a\nключ ')}`)).to.equal(true);
    expect(() => apiKey([''], { query: 'key' })).to.throw(TypeError, 'Expected every key to be a non-empty string');
  });

  it('throws for invalid and unknown options', () => {
    for (const header of ['', 'x key', 'x:y', 7]) {
      expect(() => apiKey(['k-1'], { header: header as string })).to.throw(TypeError, 'Expected `header` to be the name of a header');
    }
    expect(() => apiKey(['k-1'], { query: '' })).to.throw(TypeError, 'Expected `query` to be a non-empty string');
    expect(() => apiKey(['k-1'], 'x-key' as never)).to.throw(TypeError, 'Expected `options` to be an object');
    expect(() => apiKey(['k-1'], { name: 'x-key' } as object)).to.throw(TypeError, 'Unknown option `name`');
  });
});
