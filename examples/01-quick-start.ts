/** Quick start: `npx tsx examples/01-quick-start.ts`. Live subscribers see events immediately, sinks get them in batches. */
import { EventCollector, MemorySink } from 'rx-event-collector';

export async function main(): Promise<void> {
  const sink = new MemorySink();
  const collector = new EventCollector({
    sinks: [sink],
    metadata: { appVersion: '1.4.2' },
    enrichers: (event) => ({ ...event, metadata: { ...event.metadata, region: 'eu' } }),
  });

  // Hot and shared; it doesn't depend on delivery.
  collector.events$.subscribe(({ type }) => console.log('live:', type));

  // collect() returns the outcome, and never throws.
  console.log(collector.collect({ type: 'mission_created', data: { name: 'apollo' } }));
  console.log(collector.track('feature_used', { feature: 'search', action: 'open', success: true }));

  // Batches are cut by count, bytes, age or urgency, and by flush().
  await collector.flush();
  for (const { sequence, reason, events } of sink.getEvents()) {
    console.log('batch', sequence, reason, events.map(({ type, metadata }) => `${type} in ${String(metadata.region)}`).join(', '));
  }

  // Delivers the rest, closes the sinks, and reports the outcome of every event.
  console.log((await collector.shutdown()).sinks);
}

if (process.argv[1] === import.meta.filename) await main();

// Prints:
// live: mission_created
// accepted
// live: feature_used
// accepted
// batch 1 flush mission_created in eu, feature_used in eu
// { memory: { delivered: 2, failed: 0, dropped: 0, pending: 0 } }
