import { simulate } from './support/simulation/simulate.js';

const SEEDS = 2_000;

describe('the simulation', function () {
  this.timeout(120_000);

  it(`finds every promise kept, whatever happens: ${String(SEEDS)} seeds`, async () => {
    for (let seed = 1; seed <= SEEDS; seed += 1) await simulate(seed);
  });
});
