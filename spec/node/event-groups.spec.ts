import { expect } from 'chai';
import { Groups } from '../../lib/node/event-groups.js';

describe('Groups', () => {
  it('of one key have its value as key; with a list of keys, the list of values', () => {
    const row = { k0: 'click', k1: null, count: 2, weight: 2.5 };
    expect(new Groups('type').read(row)).to.deep.equal({ key: 'click', count: 2, weight: 2.5 });
    expect(new Groups(['type']).read(row).key).to.deep.equal(['click']);
    expect(new Groups(['type', 'sessionId']).read(row).key).to.deep.equal(['click', undefined]);
  });

  it('without a key are one group', () => {
    const groups = new Groups(undefined);
    expect(groups).to.include({ columns: 'NULL AS k0', names: 'k0', order: 'weight DESC, k0' });
    const row = { k0: null, count: 3, weight: 3 };
    expect(groups.read(row)).to.deep.equal({ key: undefined, count: 3, weight: 3 });
  });

  it('are in order of time, then of weight, then of their keys', () => {
    expect(new Groups('type').order).to.equal('weight DESC, k0');
    expect(new Groups(['type', 'hour', 'sessionId', 'day']).order).to.equal('k1, k3, weight DESC, k0, k1, k2, k3');
  });

  it('are counted in numbers if the connection returns BigInts', () => {
    const row = { k0: 3_600_000n as unknown as number, count: 3n, weight: 3 };
    expect(new Groups('hour').read(row)).to.deep.equal({ key: 3_600_000, count: 3, weight: 3 });
  });
});
