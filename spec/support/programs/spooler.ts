/**
 * A program whose sink appends to a file, slowly or not at all, and whose lane is durable: `node spooler.js file|sqlite FOLDER LIFE down|up`. It
 * collects the numbers from 0 in each life, and prints the last one that is stored after each batch. Without a life it ends when everything is
 * delivered. Lines of the file: the batch's id, the life in which it was collected, its numbers.
 */
import { appendFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { NEVER } from 'rxjs';
import { EventCollector } from '../../../lib/index.js';
import { fileSpool, sqliteSpool } from '../../../lib/node/index.js';

const [kind, folder = '', life = '', state = ''] = process.argv.slice(2);
const collector = new EventCollector({
  config: { batch: { maxCount: 10 } },
  sinks: [
    {
      name: 'file',
      process: ({ id, events }) => {
        if (state === 'down') return NEVER;
        const data = events.map((event) => event.data as { readonly life: string; readonly n: number });
        appendFileSync(join(folder, 'arrived'), `${[id, data[0]?.life, ...data.map(({ n }) => n)].join(' ')}\n`);
        return setTimeout(1);
      },
    },
  ],
  lane: { spool: kind === 'file' ? fileSpool({ dir: join(folder, 'spool') }) : sqliteSpool({ path: join(folder, 'spool.db') }) },
});
if (life === '') {
  const { sinks } = await collector.shutdown();
  console.log(JSON.stringify(sinks.file));
} else {
  for (let n = 0; ; n += 10) {
    for (let each = n; each < n + 10; each += 1) collector.track('counted', { life, n: each });
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
