/**
 * A program whose sink appends to a file, slowly or not at all, and whose lane is durable: `node spooler.js
 * file|sqlite FOLDER FIRST down|up`. Prints the number of the last event that is stored, after each batch. With `up` and without numbers to collect it ends when everything is delivered.
 */
import { appendFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { NEVER } from 'rxjs';
import { EventCollector } from '../../../lib/index.js';
import { fileSpool, sqliteSpool } from '../../../lib/node/index.js';

const [kind, folder = '', first = '', state = ''] = process.argv.slice(2);
const collector = new EventCollector({
  config: { batch: { maxCount: 10 } },
  sinks: [
    {
      name: 'file',
      process: ({ events }) => {
        if (state === 'down') return NEVER;
        appendFileSync(join(folder, 'arrived'), `${events.map(({ data }) => (data as { n: number }).n).join(' ')}\n`);
        return setTimeout(1);
      },
    },
  ],
  lane: { spool: kind === 'file' ? fileSpool({ dir: join(folder, 'spool') }) : sqliteSpool({ path: join(folder, 'spool.db') }) },
});
if (first === '') {
  const { sinks } = await collector.shutdown();
  console.log(JSON.stringify(sinks.file));
} else {
  for (let n = Number(first); ; n += 10) {
    for (let each = n; each < n + 10; each += 1) collector.track('counted', { n: each });
    // The first batch waits until the store has been read.
    while (await isUnsafe()) await setTimeout(1);
    writeSync(1, `${String(n + 9)}\n`);
    if (n % 100 === 0) await setTimeout(2);
    else await setImmediate();
  }
}

/** Whether an event would not survive a kill. */
async function isUnsafe(): Promise<boolean> {
  const { pending = 0, safe = 0 } = (await collector.flush({ timeoutMs: 0 })).sinks.file ?? {};
  return pending > safe;
}
