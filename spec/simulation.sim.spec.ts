import { expect } from 'chai';
import { simulate } from './support/simulation/simulate.js';

const SEEDS = 2_000;

function fitted(feature: string): string {
  return `fitted: ${feature}`;
}

/** What must have happened often enough for the simulation to prove anything. */
const EVENTFUL = [
  'sink: success',
  'sink: late answer',
  'sink: silence',
  'sink: partial',
  'sink: too_large',
  'sink: throttled',
  'batch: changed after an attempt',
  'batch: age',
  'batch: bytes',
  'batch: urgent',
  'breaker: probe',
  'delivery: failed',
  'delivery: dropped overflow',
  'delivery: dropped consent',
  'delivery: dropped shutdown',
  'delivery: dropped unregistered',
  'redeliver: true',
  'pause: held events',
  'clock: set forward',
  'clock: set back',
  'freeze: late timers',
  'freeze: attempts in flight',
  'sink: timed out',
  'time: deadline after a disturbance',
  'audience: throws',
  'inside: process',
  'inside: a subscriber',
  'inside: an enricher',
  ...['EventCollector', 'withBreaker', 'withByteLimit', 'withConsent', 'withDeadLetters', 'withDiagnostics'].map(fitted),
  ...['withEnrichers', 'withMetadata', 'withOverflow', 'withPolicy', 'withRedaction', 'withRuntimeSinks'].map(fitted),
  ...['withSampling', 'withStages', 'withStats', 'withValidation'].map(fitted),
];

describe('the simulation', function () {
  this.timeout(300_000);

  const tally = new Map<string, number>();

  it(`keeps every guarantee in random runs with random features: ${String(SEEDS)} seeds`, async () => {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      for (const [what, times] of await simulate(seed)) tally.set(what, (tally.get(what) ?? 0) + times);
    }
  });

  it('has seen everything happen often', function () {
    if (tally.size === 0) this.skip();
    for (const what of EVENTFUL) expect(tally.get(what) ?? 0, what).to.be.at.least(40);
  });

  it('replays a seed exactly', async () => {
    const traceOf = async (seed: number): Promise<string[]> => {
      const lines: string[] = [];
      await simulate(seed, (line) => lines.push(line));
      return lines;
    };
    expect(await traceOf(7)).to.deep.equal(await traceOf(7));
  });
});
