/** Operators alone: `npx tsx examples/14-operators-alone.ts`. A collector assembles these operators; you can do the same. */
import { from, map, Subject } from 'rxjs';
import * as rx from 'rx-event-collector';

const LOG = ['page_viewed /', 'auth_attempted ada@example.org', 'page_viewed /cart', 'healthcheck', 'order_placed ada@example.org'];

export function main(): void {
  // Each operator reports the events that it does not pass on. A collector counts them.
  const onReject = ({ type }: rx.AnalyticsEvent, reason: rx.RejectReason): void => console.log('rejected:', type, reason);

  // The end: live subscribers see events immediately, every sink gets them in batches.
  const events = new Subject<rx.AnalyticsEvent>();
  events.subscribe(({ type }) => console.log('live:', type));
  events
    .pipe(rx.batch({ maxCount: 2 }), rx.fanOut([new rx.MemorySink({ name: 'lake' }), new rx.ConsoleSink()]))
    .subscribe(({ sink, status, batch }) => console.log(sink, status, batch.events.length, batch.reason));

  // The start: five stages. Leave out, move or add any operator.
  from(LOG)
    .pipe(
      map((line) => line.split(' ')),
      map(([type = '', about]) => rx.createEvent({ type, data: { about } })),
      rx.admit(rx.resolveConfig({ privacyLevel: 'balanced' }), { onReject }),
      rx.sampleBy(rx.sampling.minPerWindow({ rate: 0, minPerWindow: 1, windowMs: 60_000 }), { onReject }),
      rx.enrich((event) => (event.type === 'healthcheck' ? null : event), { onReject }),
      rx.redact(rx.defaultRedaction(), { onReject }),
    )
    .subscribe(events);
}

if (process.argv[1] === import.meta.filename) main();

// Prints:
// live: page_viewed
// rejected: auth_attempted filtered
// rejected: page_viewed sampled
// rejected: healthcheck filtered
// live: order_placed
// lake delivered 2 count
// [event] page_viewed: { about: '/' }
// [event] order_placed: { about: '[redacted:email]' }
// console delivered 2 count
