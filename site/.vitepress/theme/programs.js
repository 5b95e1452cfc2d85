/** Programs of the playground: what to choose from, and where to start. */
export const programs = {
  'First event': `import { EventCollector, MemorySink } from 'rx-event-collector';
import { devtools, draw } from 'playground';

const sink = new MemorySink();
const collector = new EventCollector({ sinks: [sink] });
devtools(collector);
draw('events$', collector.events$);

console.log(collector.track('feature_used', { feature: 'search' }));
console.log(collector.track('feature_used', { feature: 'export' }));

const { sinks } = await collector.shutdown();
console.log(sinks);
`,
  'A flaky sink': `import { map } from 'rxjs';
import { EventCollector } from 'rx-event-collector';
import { devtools, draw } from 'playground';

let attempts = 0;
const flaky = {
  name: 'flaky',
  async process() {
    attempts += 1;
    if (attempts % 2 === 1) throw new Error('no answer');
  },
};
const collector = new EventCollector({
  sinks: [flaky],
  config: { batch: { maxCount: 2 } },
  lane: { retry: { baseDelayMs: 200, jitter: 'none' } },
});
devtools(collector);
draw('events', collector.events$.pipe(map(({ type }) => type)));
draw('delivered', collector.deliveries$.pipe(map(({ batch }) => batch.events.map(({ type }) => type).join(''))));

for (const type of 'abcdef') {
  collector.collect({ type });
  await new Promise((resolve) => setTimeout(resolve, 60));
}
console.log((await collector.shutdown()).sinks);
console.log(attempts, 'attempts');
`,
  'A full queue': `import { EventCollector } from 'rx-event-collector';
import { devtools } from 'playground';

const hanging = { name: 'hanging', process: () => new Promise(() => undefined) };
const collector = new EventCollector({ sinks: [hanging], lane: { maxEvents: 3 }, config: { batch: { maxCount: 1 } } });
devtools(collector);
collector.diagnostics$.subscribe(({ type, reason, count }) => console.log(type, reason ?? '', count ?? ''));

for (const priority of ['low', 'normal', 'high', 'critical', 'low']) collector.collect({ type: priority, priority });
await collector.flush({ timeoutMs: 100 });
console.log(collector.stats().sinks.hanging);
await collector.shutdown({ timeoutMs: 100 });
`,
  'Operators alone': `import { interval, map, take } from 'rxjs';
import { batch, createEvent, sampleBy, sampling } from 'rx-event-collector';
import { draw } from 'playground';

const source$ = interval(50).pipe(
  take(12),
  map((n) => createEvent({ type: String(n) })),
);
const sampled$ = source$.pipe(sampleBy(sampling.rate(0.5)));

draw('source', source$.pipe(map(({ type }) => type)));
draw('sampled', sampled$.pipe(map(({ type, weight }) => type + '×' + weight)));
draw('batches', source$.pipe(batch({ maxCount: 4 }), map(({ events }) => events.length)));
`,
};
