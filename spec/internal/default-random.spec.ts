import { expect } from 'chai';
import { safeRandom } from '../../lib/internal/default-random.js';

describe('safeRandom', () => {
  it("returns the user's number, bounds included", () => {
    for (const drawn of [0, 0.25, 1]) expect(safeRandom(() => drawn)()).to.equal(drawn);
  });

  it('replaces anything but a number from 0 to 1', () => {
    for (const drawn of [-0.1, 1.1, NaN, Infinity, '0.5', undefined]) {
      const replaced = safeRandom(() => drawn as number)();
      expect(replaced).to.be.within(0, 1);
      expect(replaced).not.to.equal(drawn);
    }
  });

  it('replaces the number of a function that throws', () => {
    const random = safeRandom(() => {
      throw new Error('no number');
    });
    expect(random()).to.be.within(0, 1);
  });
});
