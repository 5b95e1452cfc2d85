import { homedir } from 'node:os';
import { join } from 'node:path';
import { of } from 'rxjs';
import { defaultRedaction, EventCollector } from 'rx-event-collector';
import { httpSink } from 'rx-event-collector/http';
import { fileSpool } from 'rx-event-collector/node';

/** A program on a user's machine: often offline, and gone after a moment. What is not delivered in time is delivered by a later run. */
const collector = new EventCollector({
  sinks: [httpSink({ url: process.env['EVENTS_URL'] ?? 'https://events.example.com/' })],
  lane: { spool: fileSpool({ dir: process.env['EVENTS_DIR'] ?? join(homedir(), '.cache/shop-cli/events'), maxAgeMs: 7 * 86_400_000 }) },
  consent$: of(process.env['DO_NOT_TRACK'] === '1' ? 'denied' : 'granted'),
  redaction: defaultRedaction(),
  metadata: { appVersion: '1.2.0' },
});

const [command = 'help'] = process.argv.slice(2);
collector.track('command_executed', { command });
console.log(`${command}: done`);

await collector.shutdown({ timeoutMs: 500 });
