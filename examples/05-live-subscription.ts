/** Live subscription: `npx tsx examples/05-live-subscription.ts`. Watch events as they are accepted, or read them at your own pace. */
import { bufferCount, filter, map } from 'rxjs';
import { EventCollector, live } from 'rx-event-collector';

export async function main(): Promise<void> {
  const collector = new EventCollector({ sinks: [] });

  // Any RxJS operator applies. `events$` is hot: late subscribers see only later events.
  collector.events$
    .pipe(
      filter(({ type }) => type === 'response_latency'),
      map(({ data }) => (data as { readonly ms: number }).ms),
      bufferCount(3),
    )
    .subscribe((ms) => console.log('slowest of three:', Math.max(...ms)));

  // An observer that throws is reported and unsubscribed, without an effect on others.
  collector.diagnostics$.subscribe((diagnostic) => {
    if (diagnostic.type === 'callback_error') console.log('reported:', String(diagnostic.error));
  });
  collector.subscribe(() => {
    throw new Error('a widget failed');
  });

  // A slow reader: `for await` holds at most `capacity` events, drops the oldest, and counts them as missed.
  const reader = live(collector.events$, { capacity: 2 });

  for (const ms of [30, 80, 20]) collector.collect({ type: 'response_latency', priority: 'high', data: { ms } });
  collector.collect({ type: 'feature_used' });
  await collector.shutdown();

  for await (const { type } of reader) console.log('read:', type);
  console.log('missed:', reader.missed);
}

if (process.argv[1] === import.meta.filename) await main();

// Prints:
// reported: Error: a widget failed
// slowest of three: 80
// read: response_latency
// read: feature_used
// missed: 2
