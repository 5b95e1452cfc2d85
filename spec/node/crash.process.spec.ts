import { expect } from 'chai';
import { seededRandom } from '../../lib/testing/seeded-random.js';
import { killAgainAndAgain } from '../support/kills.js';
import { anySqlite } from '../support/sqlite-drivers.js';

const KILLS = 5;

describe('a process that is killed while it delivers', function () {
  // `npm run kill-test` does it 200 times.
  this.timeout(60_000);

  it('leaves every settled event in its files, none twice, and every line whole after the restart', async () => {
    const { kills, settled } = await killAgainAndAgain('ndjson', { kills: KILLS, random: seededRandom(1) });
    expect(kills).to.equal(KILLS);
    expect(settled).to.be.greaterThan(0);
  });

  it('leaves every settled event in its database, none twice, and nothing damaged', async function () {
    anySqlite(this);
    const { kills, settled } = await killAgainAndAgain('sqlite', { kills: KILLS, random: seededRandom(1) });
    expect(kills).to.equal(KILLS);
    expect(settled).to.be.greaterThan(0);
  });
});
