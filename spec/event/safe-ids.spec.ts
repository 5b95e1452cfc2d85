import { expect } from 'chai';
import { createEvent } from '../../lib/event/create-event.js';
import { safeIds } from '../../lib/event/safe-ids.js';
import { EventCollector, MemorySink } from '../../lib/index.js';
import { withoutCrypto } from '../support/without-crypto.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/;

describe('safeIds', () => {
  it("returns the user's ids", () => {
    let count = 0;
    const next = safeIds(() => `id-${String((count += 1))}`, Date.now);
    expect([next(), next()]).to.deep.equal(['id-1', 'id-2']);
  });

  it('returns a UUID v7 of the clock without a source', () => {
    const next = safeIds(undefined, () => 1_700_000_000_000);
    expect(next().slice(0, 15)).to.equal('018bcfe5-6800-7');
  });

  it('replaces an id that is not a non-empty string', () => {
    for (const id of ['', 5, null, undefined, {}]) expect(safeIds(() => id as string, Date.now)()).to.match(UUID);
  });

  it('replaces the id of a source that throws, and calls it again for the next one', () => {
    let calls = 0;
    const next = safeIds(() => {
      calls += 1;
      if (calls === 1) throw new Error('no id');
      return 'own';
    }, Date.now);
    expect(next()).to.match(UUID);
    expect(next()).to.equal('own');
  });

  it('throws for a source that is not a function', () => {
    expect(() => safeIds('id' as never, Date.now)).to.throw(TypeError, "Expected `newId` to be a function, got `'id'` (string)");
  });

  describe('without `crypto`', () => {
    const message = 'No `crypto.getRandomValues`';

    it('throws when a collector is made, and names the polyfill and `newId`', () => {
      withoutCrypto(() => {
        expect(() => new EventCollector()).to.throw(
          TypeError,
          `${message}: import a polyfill (react-native-get-random-values) or pass \`newId\``,
        );
      });
    });

    it('needs no crypto with `newId`', () => {
      let count = 0;
      const newId = (): string => `id-${String((count += 1))}`;
      withoutCrypto(() => {
        const sink = new MemorySink();
        const collector = new EventCollector({ sinks: [sink], newId });
        expect(collector.collect({ type: 'click' })).to.equal('accepted');
        expect(createEvent({ type: 'click' }, { newId }).id).to.match(/^id-/);
      });
    });
  });
});
