/** Several sinks: `npx tsx examples/07-several-sinks.ts`. Each has its own lane and doesn't affect the others. Sinks can be added and removed. */
import { EventCollector, MemorySink, SinkError, type EventSink } from 'rx-event-collector';

export async function main(): Promise<void> {
  const archive = new MemorySink({ name: 'archive' });
  let isKnown = false;
  const crm: EventSink = {
    name: 'crm',
    process() {
      if (!isKnown) throw new SinkError('rejected', 'Unknown account');
    },
  };
  const collector = new EventCollector({ sinks: [archive] });
  // With options for its own lane.
  collector.registerSink(crm, { timeoutMs: 2_000, retry: { maxAttempts: 3 } });

  // Events that a sink refused are dead letters: fix the cause, and offer them again.
  collector.deadLetters$.subscribe((letter) => {
    console.log(letter.sink, 'refused', letter.batch.events.length, letter.error.message);
    isKnown = true;
    console.log('offered again:', collector.redeliver(letter));
  });

  collector.collectBatch([{ type: 'order_placed' }, { type: 'order_paid' }]);
  await collector.flush();

  // A sink that is removed still gets the open batch, and is closed. Its counts stay.
  collector.track('order_shipped');
  await collector.unregisterSink('crm');
  collector.track('order_returned');
  console.log((await collector.shutdown()).sinks);
  console.log('archive has', archive.events.map(({ type }) => type).join(', '));
}

if (process.argv[1] === import.meta.filename) await main();

// Prints:
// crm refused 1 Unknown account
// offered again: true
// {
//   archive: { delivered: 4, failed: 0, dropped: 0, pending: 0 },
//   crm: { delivered: 3, failed: 1, dropped: 0, pending: 0 }
// }
// archive has order_placed, order_paid, order_shipped, order_returned
