/** Pay for what you use: `npx tsx examples/15-small-collector.ts`. A collector with three features, one of them written here. */
import { Subject } from 'rxjs';
import * as rx from 'rx-event-collector';

/** A feature: drops events of a type while it is switched off, and adds the switch to the collector. */
function withSwitch(type: string): rx.CollectorFeature<{ switchTo(isOn: boolean): void }> {
  return (context) => {
    let isOn = true;
    context.addStep('admit', ({ reject }) => (event) => {
      if (isOn || event.type !== type) return event;
      reject(event, 'filtered');
      return undefined;
    });
    return { switchTo: (value) => void (isOn = value) };
  };
}

export async function main(): Promise<void> {
  const consent$ = new Subject<rx.ConsentState>();
  const sink = new rx.MemorySink();

  // The features that are passed, and no others, are in a bundle. Their order doesn't matter: the path of an event is fixed.
  const collector = rx.createCollector(
    { sinks: [sink], batch: { maxCount: 2 } },
    withSwitch('mouse_moved'),
    rx.withConsent(consent$),
    rx.withMetadata({ appVersion: '1.4.2' }),
  );

  collector.switchTo(false); // a member of withSwitch
  collector.setMetadata({ plan: 'free' }); // a member of withMetadata
  console.log('mouse_moved:', collector.track('mouse_moved'));
  console.log('search:', collector.track('search'), '- held until consent is known');
  consent$.next('granted');
  collector.track('order_placed');

  const { sinks } = await collector.shutdown();
  console.log(sinks['memory']);
  for (const { type, metadata } of sink.events) console.log(type, metadata.appVersion, metadata['plan']);

  // Without `withPolicy` there is no configuration, so nothing is sampled out; without `withDiagnostics`, losses are in the ledger only.
  const { eventsReceived, eventsFiltered, eventsProcessed } = collector.stats();
  console.log(eventsReceived, '=', eventsFiltered, 'filtered +', eventsProcessed, 'processed');
}

if (process.argv[1] === import.meta.filename) await main();

// Prints:
// mouse_moved: filtered
// search: accepted - held until consent is known
// { delivered: 2, failed: 0, dropped: 0, pending: 0 }
// search 1.4.2 free
// order_placed 1.4.2 free
// 3 = 1 filtered + 2 processed
