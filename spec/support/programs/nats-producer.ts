/** `nats-producer.mjs URL STREAM FROM TO` sends the events FROM … TO−1, and prints the number of each that the stream has acknowledged. */
import { writeSync } from 'node:fs';
import { EventCollector } from '../../../lib/index.js';
import { jetStreamSink } from '../../../lib/nats/index.js';
import { connectPatiently } from '../nats-connection.js';

const [servers = '', stream = '', from, to] = process.argv.slice(2);
const connection = await connectPatiently({ servers, waitOnFirstConnect: true });
const collector = new EventCollector({
  sinks: [jetStreamSink({ connection, subject: `${stream}.in`, stream })],
  config: { batch: { maxCount: 10, maxAgeMs: 5 } },
  lane: { concurrency: 2, timeoutMs: 300, retry: { baseDelayMs: 10, maxDelayMs: 50 }, breaker: false },
});
/** Number of unacknowledged events. */
const WINDOW = 40;
for (let first = Number(from); first < Number(to); first += WINDOW) {
  const numbers = Array.from({ length: Math.min(WINDOW, Number(to) - first) }, (_, index) => first + index);
  await Promise.all(
    numbers.map(async (number) => {
      const { sinks } = await collector.collectTracked({ type: 'feature_used', id: `event-${String(number)}` });
      if (sinks['jetstream'] !== 'delivered') throw new Error(JSON.stringify(sinks));
      // Synchronously: a killed process doesn't flush a buffer.
      writeSync(1, `${String(number)}\n`);
    }),
  );
}
await collector.shutdown();
await connection.close();
