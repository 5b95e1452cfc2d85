import { expect } from 'chai';
import { messageId } from '../../lib/nats/message-id.js';

describe('messageId', () => {
  it('leaves printable ASCII as it is', () => {
    for (const id of ['01900000-0000-7000-8000-000000000000', 'a', '!"#$&\'()*+,-./:;<=>?@[\\]^_`{|}~', 'x'.repeat(250)]) {
      expect(messageId(id)).to.equal(id);
    }
  });

  it('escapes characters that a header cannot contain, and the escape character', () => {
    const ids = {
      'a b': 'a%u0020b',
      'a\r\nb': 'a%u000d%u000ab',
      '%u0020': '%u0025u0020',
      é: '%u00e9',
      '😀': '%ud83d%ude00',
      '\ud800': '%ud800',
    };
    expect(Object.keys(ids).map(messageId)).to.deep.equal(Object.values(ids));
  });

  it('hashes ids longer than 250 characters, so that different ids stay different', async () => {
    const long = ['x'.repeat(251), `${'x'.repeat(250)}y`, 'é'.repeat(42), 'x'.repeat(5_000), `x\n${'x'.repeat(5_000)}`];
    const hashed = await Promise.all(long.map(async (id) => messageId(id)));
    for (const id of hashed) expect(id).to.match(/^%sha256-[0-9a-f]{64}$/);
    expect(new Set(hashed)).to.have.property('size', long.length);
    // Its own form as an id is escaped.
    expect(messageId(hashed[0] ?? '')).to.equal(`%u0025${(hashed[0] ?? '').slice(1)}`);
    expect(await messageId('x'.repeat(251))).to.equal(hashed[0]);
  });
});
