/**
 * Writes events to a rotating file, for `spec/node/file-lock.spec.ts`: `node --import tsx file-writer.ts PATH NAME BATCHES`. Prints the number of
 * delivered events, and the codes of failures. With 0 batches, holds the lock until it is killed.
 */
import { writeSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { from, lastValueFrom } from 'rxjs';
import { isSinkError } from '../../../lib/errors/sink-error.js';
import { createBatch } from '../../../lib/event/batch-of.js';
import { ndjsonFileSink } from '../../../lib/node/index.js';
import { anEvent } from '../an-event.js';

const [path = '', name = '', batches = '0'] = process.argv.slice(2);
const sink = ndjsonFileSink({ path, rotate: { maxBytes: 20_000, gzip: true } });
let delivered = 0;
const codes = new Set<string>();

const send = async (batch: number): Promise<void> => {
  const events = Array.from({ length: 20 }, (_, index) => anEvent({ id: `${name}.${String(batch)}.${String(index)}` }));
  const work = sink.process(createBatch(events, 1), { signal: new AbortController().signal, attempt: 1 });
  try {
    if (work !== undefined) await lastValueFrom(from(work), { defaultValue: undefined });
    delivered += events.length;
  } catch (error) {
    codes.add(isSinkError(error) ? error.code : String(error));
  }
};

if (batches === '0') {
  await send(0);
  writeSync(1, 'ready\n');
  await setTimeout(3_600_000);
}
for (let batch = 0; batch < Number(batches); batch += 1) await send(batch);
const closed = sink.close?.();
if (closed !== undefined) await lastValueFrom(from(closed), { defaultValue: undefined });
writeSync(1, JSON.stringify({ delivered, codes: [...codes] }));
