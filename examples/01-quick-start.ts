/** Quick start: `npx tsx examples/01-quick-start.ts`. Events go in, live subscribers see them at once, and sinks get them in batches. */
import { fileURLToPath } from 'node:url';
import { EventCollector, MemorySink } from 'rx-event-collector';

export async function main(print: (line: string) => void = console.log): Promise<void> {
  const sink = new MemorySink();
  const collector = new EventCollector({
    sinks: [sink],
    metadata: { appVersion: '1.4.2' },
    enrichers: (event) => ({ ...event, metadata: { ...event.metadata, region: 'eu' } }),
  });

  // Real time: hot and shared, whatever becomes of delivery.
  collector.events$.subscribe(({ type }) => print(`live: ${type}`));

  // collect() answers at once, and never throws.
  print(collector.collect({ type: 'mission_created', data: { name: 'apollo' } }));
  print(collector.track('feature_used', { feature: 'search', action: 'open', success: true }));

  // Batches go out when they are full, heavy, old or urgent enough, or when you say so.
  await collector.flush();
  for (const { sequence, reason, events } of sink.getEvents()) {
    print(
      `batch ${String(sequence)} (${reason}): ${events.map(({ type, metadata }) => `${type} in ${String(metadata.region)}`).join(', ')}`,
    );
  }

  // The end: delivers what is left, and accounts for every event.
  await collector.shutdown();
  const { eventsReceived, eventsProcessed } = collector.stats();
  print(`${String(eventsReceived)} received, ${String(eventsProcessed)} processed`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
