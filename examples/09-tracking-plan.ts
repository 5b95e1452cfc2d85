/** A tracking plan: `npx tsx examples/09-tracking-plan.ts`. One definition gives the static types and the check at run time. */
import { fileURLToPath } from 'node:url';
import * as t from 'io-ts';
import { from } from 'rxjs';
import { createEvent, EventCollector, MemorySink } from 'rx-event-collector';
import { configFromEnv, decodeEvents, trackingPlan, type PlanEvents } from 'rx-event-collector/codecs';

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

export async function main(print: (line: string) => void = console.log): Promise<void> {
  const sink = new MemorySink<ShopEvent>();
  const collector = new EventCollector<ShopEvent>({ ...plan.options, sinks: [sink] });
  collector.diagnostics$.subscribe((diagnostic) => diagnostic.type === 'loss' && print(String(diagnostic.error)));

  // At compile time: another type or payload does not compile.
  print(collector.track('checkout_completed', { total: 12, items: [{ sku: 'A1', price: 12 }] }));
  // @ts-expect-error a price is a number
  print(collector.track('checkout_completed', { total: 12, items: [{ sku: 'A1', price: 'twelve' }] }));

  // At run time, for whoever gets around the compiler: see above, the event is 'invalid', and diagnostics$ says where.
  for (const path of ['/', '/shoes', '/boots']) print(`${path}: ${collector.track('page_viewed', { path })}`);
  await collector.shutdown();
  for (const { type, category, priority } of sink.events) print(`sent: ${type} (${category}, ${priority})`);

  // A receiver knows nothing for certain, and uses the plan to find out.
  const arrived: unknown[] = [createEvent(plan.event('page_viewed', { path: '/' })), createEvent({ type: 'spam' }), 'noise'];
  const onReject = (_value: unknown, _reason: string, error: unknown): void => print(String(error));
  from(arrived)
    .pipe(decodeEvents(plan.codec, { onReject }))
    .subscribe((event) => print(event.type === 'page_viewed' ? `seen: ${event.data.path}` : event.type));

  // Settings are decoded, too: every fault at once, by the name of the variable.
  const config = configFromEnv({ ANALYTICS_BATCH_MAX_COUNT: '0', ANALYTICS_ENABLED: 'maybe' });
  if (config._tag === 'Left') print(config.left.message);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
