import { expect } from 'chai';
import { compare, comparisonLine, isEqual } from '../../examples/scale/compare.js';
import { main } from '../../examples/scale/index.js';
import { MissingPackage } from '../../examples/scale/missing-package.js';

describe('examples/scale', function () {
  this.timeout(300_000);

  for (const seed of [1, 2, 3]) {
    it(`stores each offered event once, with processes killed and paused: seed ${String(seed)}`, async function () {
      const printed: string[] = [];
      try {
        const found = await main({ events: 1_500, perSecond: 300, blows: 8, seed, print: (line) => printed.push(line) });
        expect(printed.filter((line) => line.startsWith('chaos'))).to.have.length(8);
        expect(found.map(({ place, events }) => [place, events])).to.deep.equal([
          ['stream', 4_500],
          ['table', 4_500],
        ]);
        expect(found.every(isEqual), printed.join('\n')).to.equal(true);
      } catch (error) {
        if (error instanceof MissingPackage) this.skip();
        throw error;
      }
    });
  }

  it('throws for invalid options, instead of comparing nothing with nothing', async () => {
    for (const options of [{ events: NaN }, { events: 0 }, { perSecond: 0.5 }, { seed: NaN }]) {
      const error: unknown = await main(options).catch((thrown: unknown) => thrown);
      expect(error)
        .to.be.instanceOf(RangeError)
        .with.property('message')
        .that.matches(/^Expected \w+ to be an integer ≥ 1, got /);
    }
  });

  it('finds missing, unknown and repeated events', () => {
    const found = compare('table', new Set(['a', 'b', 'c']), ['a', 'c', 'c', 'd']);
    expect(found).to.deep.equal({ place: 'table', events: 4, missing: ['b'], strange: ['d'], repeated: ['c'] });
    expect(isEqual(found)).to.equal(false);
    expect(comparisonLine(found)).to.equal('table      4 events: 1 missing, 1 strange, 1 repeated');
    expect(comparisonLine(compare('table', new Set(['a']), ['a']))).to.equal('table      1 events: each offered event once');
  });

  it('names the command that installs a missing server', () => {
    expect(new MissingPackage('nats-server', 'apt-get install nats-server').message).to.equal(
      'nats-server is not installed. On Debian: apt-get install nats-server',
    );
  });
});
