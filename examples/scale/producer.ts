/**
 * Collects a number of events and publishes them to JetStream. Its lane is durable: a killed producer publishes the rest after its next start.
 *
 * It writes down how many events are in its lane, and thereby on disk: the events of the open batch are in memory only. If it is killed, it offers the
 * others again, with the same ids.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { connect } from '@nats-io/transport-node';
import { EventCollector } from 'rx-event-collector';
import { jetStreamSink } from 'rx-event-collector/nats';
import { fileSpool } from 'rx-event-collector/node';
import { reportToParent, SUBJECT } from './messages.js';

const [name = '', url = '', folder = '', count = '0', perSecond = '1000'] = process.argv.slice(2);
const TICK_MS = 20;

const progress = join(folder, 'offered');
let offered = existsSync(progress) ? Number(readFileSync(progress, 'utf8')) : 0;

const connection = await connect({ servers: url, waitOnFirstConnect: true, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
const collector = new EventCollector({
  sinks: [jetStreamSink({ connection, subject: SUBJECT })],
  config: { batch: { maxCount: 100, maxAgeMs: 50 } },
  lane: {
    // An outage must drop nothing.
    maxEvents: 1_000_000,
    spool: fileSpool({ dir: join(folder, 'spool') }),
    timeoutMs: 2_000,
    retry: { baseDelayMs: 50, maxDelayMs: 500, maxElapsedMs: Infinity, maxAttempts: Infinity },
    breaker: { openMs: 200 },
  },
});
// Opens the store: from then on, a batch is on disk when it enters the lane.
await collector.flush({ timeoutMs: 5_000 });
const lastReport = reportToParent(() => ({ offered, stats: collector.stats() }));

while (offered < Number(count)) {
  const end = Math.min(Number(count), offered + Math.ceil((Number(perSecond) * TICK_MS) / 1_000));
  for (let n = offered; n < end; n += 1) {
    const outcome = await collector.collectAsync({ id: `${name}-${String(n)}`, type: 'feature_used', data: { producer: name, n } });
    if (outcome !== 'accepted') throw new Error(`Expected event ${String(n)} to be accepted, got '${outcome}'`);
  }
  offered = end;
  writeFileSync(progress, String(offered - collector.stats().eventsBuffered));
  await setTimeout(TICK_MS);
}
const report = await collector.shutdown({ timeoutMs: 60_000 });
await connection.close();
process.exitCode = Object.values(report.sinks).some(({ kept = 0, failed, dropped }) => kept + failed + dropped > 0) ? 1 : 0;
lastReport();
