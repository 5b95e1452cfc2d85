/** Back-pressure: `npx tsx examples/06-back-pressure.ts`. A sink that hangs, a lane for three events, and the events that each policy drops. */
import { first, ReplaySubject } from 'rxjs';
import { EventCollector, type EventSink, type OverflowPolicy } from 'rx-event-collector';

const OFFERED = [
  { type: 'first' },
  { type: 'debug-1', priority: 'low' },
  { type: 'order', priority: 'high' },
  { type: 'debug-2', priority: 'low' },
  { type: 'click' },
] as const;

async function tryOut(overflow: OverflowPolicy): Promise<void> {
  // Attempts succeed once the sink is free.
  const freed = new ReplaySubject<void>(1);
  const stuck: EventSink = { name: 'stuck', process: () => freed.pipe(first()) };
  const lane = { overflow, maxEvents: 3 };
  const collector = new EventCollector({ sinks: [stuck], lane, config: { batch: { maxCount: 1 } } });

  const fates: string[] = [];
  collector.deliveries$.subscribe(({ status, batch }) => fates.push(...batch.events.map(({ type }) => `${type} ${status}`)));

  // `collect` never waits. 'first' is in flight and stays, two more are queued, and the lane is full.
  for (const event of OFFERED) if (collector.collect(event) === 'dropped') fates.push(`${event.type} refused`);

  // If a lane blocks, callers can wait.
  const late = overflow === 'block' ? collector.collectAsync({ type: 'patient' }) : undefined;
  freed.next();
  await late;
  await collector.shutdown();
  console.log(`${overflow}: ${fates.join(', ')}`);
}

export async function main(): Promise<void> {
  await tryOut('drop_lowest_priority');
  await tryOut('drop_oldest');
  await tryOut('drop_newest');
  await tryOut('block');
}

if (process.argv[1] === import.meta.filename) await main();

// Prints:
// drop_lowest_priority: debug-1 dropped, debug-2 dropped, first delivered, order delivered, click delivered
// drop_oldest: debug-1 dropped, order dropped, first delivered, debug-2 delivered, click delivered
// drop_newest: debug-2 dropped, click dropped, first delivered, debug-1 delivered, order delivered
// block: debug-2 refused, click refused, first delivered, debug-1 delivered, order delivered, patient delivered
