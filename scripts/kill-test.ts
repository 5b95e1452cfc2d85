/**
 * Kills a process that delivers into a file, and one that delivers into SQLite, at random moments: `npm run kill-test -- [--kills N] [--seed N]
 * [--only ndjson|sqlite]`. After each kill, every settled event has to be there, none twice, and nothing damaged.
 */
import { parseArgs } from 'node:util';
import { seededRandom } from '../lib/testing/seeded-random.js';
import { killAgainAndAgain, type Kills, type VictimKind } from '../spec/support/kills.js';

const PROGRESS_MS = 1_000;

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string' },
  },
});
const kills = Number(values.kills);
const seed = Number(values.seed);
if (!Number.isSafeInteger(kills) || kills < 1 || !Number.isSafeInteger(seed))
  throw new Error('Expected --kills and --seed to be whole numbers');

console.log(`seed ${String(seed)}`);
for (const kind of (['ndjson', 'sqlite'] satisfies VictimKind[]).filter((each) => values.only === undefined || values.only === each)) {
  let shownAt = performance.now();
  const sum = await killAgainAndAgain(kind, {
    kills,
    random: seededRandom(seed),
    onKill: (soFar) => {
      if (performance.now() - shownAt < PROGRESS_MS) return;
      shownAt = performance.now();
      process.stderr.write(`  ${lineOf(kind, soFar)}\n`);
    },
  });
  console.log(`✓ ${lineOf(kind, sum)}`);
}

function lineOf(kind: VictimKind, { kills: count, settled, unsaid, torn }: Kills): string {
  return `${kind}: ${String(count)} of ${String(kills)} kills, ${String(settled)} settled events there, ${String(unsaid)} more, ${String(torn)} times something unfinished left`;
}
