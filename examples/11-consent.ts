/** Consent: `npx tsx examples/11-consent.ts`. Events are held until the user decides, and dropped if consent is denied. */
import { BehaviorSubject } from 'rxjs';
import { EventCollector, MemorySink } from 'rx-event-collector';

type Consent = 'granted' | 'denied' | 'unknown';

export async function main(): Promise<void> {
  // The answer of a banner; 'unknown' until then.
  const consent$ = new BehaviorSubject<Consent>('unknown');
  const sink = new MemorySink();
  const collector = new EventCollector({ sinks: [sink], consent$ });
  const report = async (state: Consent): Promise<void> => {
    const { held } = await collector.flush();
    console.log(`${state}: ${String(held)} held, ${String(sink.events.length)} delivered`);
  };

  console.log(collector.track('page_viewed'));
  console.log(collector.track('banner_shown'));
  await report('unknown');

  // Released in order, with their original timestamps.
  consent$.next('granted');
  console.log(collector.track('page_viewed'));
  await report('granted');

  // From now on events are filtered, and undelivered ones are dropped.
  console.log(collector.track('never_sent'));
  consent$.next('denied');
  console.log(collector.track('page_viewed'));
  await report('denied');

  await collector.shutdown();
  const { eventsFiltered, dropped } = collector.stats();
  console.log('filtered:', eventsFiltered, 'dropped:', dropped.consent);
}

if (process.argv[1] === import.meta.filename) await main();

// Prints:
// accepted
// accepted
// unknown: 2 held, 0 delivered
// accepted
// granted: 0 held, 3 delivered
// accepted
// filtered
// denied: 0 held, 3 delivered
// filtered: 1 dropped: 1
