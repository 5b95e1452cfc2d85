/** A tracking plan: `npx tsx examples/09-tracking-plan.ts`. One definition provides static types and the check at run time. */
import * as t from 'io-ts';
import { from } from 'rxjs';
import { createEvent, EventCollector, MemorySink } from 'rx-event-collector';
import { decodeEvents, trackingPlan, type PlanEvents } from 'rx-event-collector/codecs';

const plan = trackingPlan({
  checkout_completed: {
    category: 'business',
    priority: 'high',
    data: t.type({ total: t.number, items: t.array(t.type({ sku: t.string, price: t.number })) }),
  },
  page_viewed: { data: t.type({ path: t.string }), sampling: { rate: 0, minPerWindow: 2, windowMs: 60_000 } },
  logged_out: {},
});
type ShopEvent = PlanEvents<typeof plan>;

export async function main(): Promise<void> {
  const sink = new MemorySink<ShopEvent>();
  const collector = new EventCollector<ShopEvent>({ ...plan.options, sinks: [sink] });
  collector.diagnostics$.subscribe((diagnostic) => diagnostic.type === 'loss' && console.log(String(diagnostic.error)));

  // Another type or payload does not compile, and is invalid at run time.
  console.log(collector.track('checkout_completed', { total: 12, items: [{ sku: 'A1', price: 12 }] }));
  // @ts-expect-error a price is a number
  console.log(collector.track('checkout_completed', { total: 12, items: [{ sku: 'A1', price: 'twelve' }] }));

  // Category, priority and sampling come from the plan.
  for (const path of ['/', '/shoes', '/boots']) console.log(path, collector.track('page_viewed', { path }));
  await collector.shutdown();
  for (const { type, category, priority } of sink.events) console.log('sent:', type, category, priority);

  // A receiver decodes by the same plan. Errors contain path and type, never the value.
  const arrived: unknown[] = [createEvent(plan.event('page_viewed', { path: '/' })), createEvent({ type: 'spam' })];
  const onReject = (_value: unknown, _reason: string, error: unknown): void => console.log(String(error));
  from(arrived)
    .pipe(decodeEvents(plan.codec, { onReject }))
    .subscribe((event) => event.type === 'page_viewed' && console.log('arrived:', event.data.path));
}

if (process.argv[1] === import.meta.filename) await main();

// Prints:
// accepted
// TypeError: Expected `data.items.0.price` to be number, got a string
// invalid
// / accepted
// /shoes accepted
// /boots sampled
// sent: checkout_completed business high
// sent: page_viewed custom normal
// sent: page_viewed custom normal
// arrived: /
// DecodeError: Expected `type` to be "checkout_completed" | "page_viewed" | "logged_out", got a string
