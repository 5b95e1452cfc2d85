import { expect } from 'chai';
import { seededRandom } from '../../lib/testing/seeded-random.js';
import { NatsChaos } from '../support/nats-chaos.js';
import { NatsServer } from '../support/nats-server.js';

/** `CHAOS_RUNS=200 npx mocha spec/nats/chaos.process.spec.ts` runs as many; FIRST_SEED is the first. */
const RUNS = Number(process.env.CHAOS_RUNS ?? 20);
const FIRST_SEED = Number(process.env.FIRST_SEED ?? 1);

describe('jetStreamSink and fromJetStream, killed and paused', function () {
  this.timeout(60_000);
  let chaos: NatsChaos;

  before(async function () {
    chaos = await NatsChaos.start(await NatsServer.start(this));
  });

  after(() => NatsServer.removeAll());

  for (let seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed += 1) {
    it(`lose no event, and store each once in the stream: seed ${String(seed)}`, async () => {
      const { faults, offered, inStream, stored, unacknowledged } = await chaos.run(seededRandom(seed));
      const happened = faults.join(', ');
      const all = [...offered].sort();
      expect([...inStream].sort(), happened).to.deep.equal(all);
      expect([...new Set(stored)].sort(), happened).to.deep.equal(all);
      // A killed worker may have stored events whose messages it did not acknowledge.
      if (!faults.includes('kill worker')) expect(stored, happened).to.have.length(all.length);
      expect(unacknowledged, happened).to.equal(0);
    });
  }
});
