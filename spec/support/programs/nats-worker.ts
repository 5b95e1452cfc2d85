/** `nats-worker.mjs URL STREAM FILE` appends the id of each event of the consumer `worker` to FILE, until it is killed. */
import { appendFileSync } from 'node:fs';
import { jetstream } from '@nats-io/jetstream';
import { EventCollector } from '../../../lib/index.js';
import { fromJetStream } from '../../../lib/nats/index.js';
import { connectPatiently } from '../nats-connection.js';

const [servers = '', stream = '', file = ''] = process.argv.slice(2);
const connection = await connectPatiently({ servers, waitOnFirstConnect: true });
const js = jetstream(connection);

/** The server may be down while this program starts. */
async function consumerOf(): ReturnType<typeof js.consumers.get> {
  try {
    return await js.consumers.get(stream, 'worker');
  } catch {
    return consumerOf();
  }
}

const collector = new EventCollector({
  sinks: [
    {
      name: 'file',
      process({ events }) {
        appendFileSync(file, events.map(({ id }) => `${id}\n`).join(''));
      },
    },
  ],
  config: { batch: { maxCount: 10, maxAgeMs: 5 } },
});
await fromJetStream({ consumer: await consumerOf(), collector, maxInFlight: 40, baseDelayMs: 10 }).forEach(() => undefined);
