/**
 * A program that is killed while it delivers: `node victim.js KIND FOLDER RUN`. It prints the number of its settled events, in their order,
 * each time that it grows, before it continues.
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { EventCollector } from '../../../lib/index.js';
import { ndjsonFileSink, openEventStore, sqliteSink } from '../../../lib/node/index.js';
import { seededRandom } from '../../../lib/testing/seeded-random.js';

const [kind, folder = '', run = ''] = process.argv.slice(2);
const random = seededRandom(Number(run));
const sink =
  kind === 'sqlite'
    ? sqliteSink(openEventStore({ path: join(folder, 'events.db') }))
    : ndjsonFileSink({ path: join(folder, 'events.ndjson'), rotate: { maxBytes: 3_000_000, gzip: true } });
const collector = new EventCollector({
  sinks: [sink],
  config: { batch: { maxCount: 40 }, categories: { performance: { sampling: { rate: 1 } } } },
  lane: { overflow: 'block', maxEvents: 120 },
});

let settled = 0;
collector.deliveries$.subscribe(({ status, batch }) => {
  if (status !== 'delivered') throw new Error(`A batch was ${status}`);
  settled += batch.events.length;
  report(`${String(settled)}\n`);
});

/** Some are large, so that writes are slow. */
const MAX_TEXT = kind === 'sqlite' ? 1_000 : 4_000_000;
const TEXT = 'ä"\n😀 '.repeat(20) + 'x'.repeat(MAX_TEXT);
for (let n = 0; ; n += 1) {
  const id = `${run}.${String(n)}`;
  await collector.collectAsync({
    type: 'click',
    id,
    timestamp: n,
    data: TEXT.slice(0, random() ** (kind === 'sqlite' ? 1 : 100) * MAX_TEXT),
  });
}

/** A pipe may be full. */
function report(line: string): void {
  for (;;) {
    try {
      writeSync(1, line);
      return;
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'EAGAIN') throw error;
    }
  }
}
