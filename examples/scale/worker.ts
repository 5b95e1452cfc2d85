/** Collects the events of the stream and stores them. A message is acknowledged when its event is stored. */
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import pg from 'pg';
import { EventCollector } from 'rx-event-collector';
import { fromJetStream } from 'rx-event-collector/nats';
import { postgresSink } from 'rx-event-collector/postgres';
import { CONSUMER, reportToParent, STREAM } from './messages.js';

const [url = '', database = ''] = process.argv.slice(2);

const connection = await connect({ servers: url, waitOnFirstConnect: true, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
const pool = new pg.Pool({ connectionString: database, max: 2 });
const collector = new EventCollector({
  sinks: [postgresSink({ client: pool })],
  config: { batch: { maxCount: 100, maxAgeMs: 50 } },
  lane: { concurrency: 2, timeoutMs: 2_000, retry: { baseDelayMs: 50, maxDelayMs: 500 }, breaker: { openMs: 200 } },
});
const consumer = await jetstream(connection).consumers.get(STREAM, CONSUMER);
const results = fromJetStream({ consumer, collector, maxInFlight: 500, baseDelayMs: 200, maxDelayMs: 2_000 });
const lastReport = reportToParent(() => ({ stats: collector.stats() }));

process.once('SIGTERM', () => void collector.shutdown({ timeoutMs: 5_000 }));
// Completes when the collector is shut down and every message is answered.
await results.forEach((result) => {
  if (result.kind === 'warning') console.error(result.text);
});
await connection.drain();
await pool.end();
lastReport();
