/**
 * Kills a process that delivers into a file, and one that delivers into SQLite, at random moments: `npm run kill-test -- [--kills N] [--seed N]
 * [--only ndjson|sqlite]`. After each kill, every settled event has to be there, none twice, and nothing damaged.
 */
import { seededRandom } from '../lib/testing/seeded-random.js';
import { killAgainAndAgain, type Kills, type VictimKind } from '../spec/support/kills.js';
import { commandLine, invalidArguments, wholeNumber } from './command-line.js';

const USAGE = `Kills a process that delivers at random moments, and checks what it left.

  npm run kill-test -- [--kills N] [--seed N] [--only ndjson|sqlite]

  --kills N     how many kills of each kind (default 200)
  --seed N      decides the moments (default: from the time)
  --only KIND   ndjson or sqlite (default both)
  -h, --help    print this`;

const PROGRESS_MS = 1_000;

const { values } = commandLine(USAGE, {
  options: {
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string' },
  },
});
const kills = wholeNumber('kills', values.kills, 1);
const seed = wholeNumber('seed', values.seed);
if (values.only !== undefined && !['ndjson', 'sqlite'].includes(values.only))
  invalidArguments(`Expected --only to be ndjson or sqlite, got '${values.only}'`);

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
