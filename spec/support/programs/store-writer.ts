/** One of several processes that write to one store: `node --import tsx store-writer.ts PATH N` sends 1,000 events, from id N × 500 on. */
import { EventCollector } from '../../../lib/index.js';
import { openEventStore, sqliteSink } from '../../../lib/node/index.js';

const [path = '', offset] = process.argv.slice(2);
const store = openEventStore({ path, busyTimeoutMs: 1 });
const collector = new EventCollector({
  sinks: [sqliteSink(store)],
  config: { batch: { maxCount: 10 } },
  lane: { retry: { baseDelayMs: 1, maxDelayMs: 10 }, breaker: false },
});
for (let n = 0; n < 1_000; n += 1) {
  await collector.collectAsync({ type: 'click', id: String(Number(offset) * 500 + n), timestamp: n });
  if (n % 50 === 0) await collector.flush();
}
const { sinks } = await collector.shutdown();
store.close();
console.log(JSON.stringify(sinks['sqlite']));
