import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { occurrences } from '../harness/occurrences.mjs';
import { loopInOrder } from './loop.mjs';

const { createBatch } = await import(`${process.env.LIBRARY}/index.js`);
const { ndjsonFileSink } = await import(`${process.env.LIBRARY}/node.js`);

/** The file sink alone, fed by the loop. With `syncEvery`, it syncs after that many batches, while the next ones are written. */
export function ndjson(destination, { syncEvery = Infinity }) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const path = join(folder, 'events.ndjson');
  const sink = ndjsonFileSink({ path });
  const context = { signal: new AbortController().signal, attempt: 1 };
  let sequence = 0;
  let written = 0;
  let synced;
  const { collect, close } = loopInOrder(async (count, events) => {
    sequence += 1;
    await sink.process(createBatch(events, sequence), context);
    if (sequence % syncEvery === 0) {
      // Overlaps with the next writes, but never with another sync.
      await synced;
      synced = sink.flush();
    }
    written += count;
    await destination(count);
  });
  return {
    collect,
    async close() {
      await close();
      await synced;
      await sink.close();
      let lines = 0;
      for await (const chunk of createReadStream(path)) lines += occurrences(chunk, '\n');
      rmSync(folder, { recursive: true });
      if (lines !== written) throw new Error(`${String(written)} events were written, but the file has ${String(lines)} lines`);
    },
  };
}
