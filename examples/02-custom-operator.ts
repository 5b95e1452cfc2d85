/** A custom operator: `npx tsx examples/02-custom-operator.ts`. It is plain RxJS, alone in a pipe or as a stage of a collector. */
import { defer, from, map, type MonoTypeOperatorFunction } from 'rxjs';
import { batch, createEvent, EventCollector, MemorySink, type AnalyticsEvent } from 'rx-event-collector';

/**
 * Adds to each event the time since the last one of its type.
 *
 * source   --a-----b--a--|
 *            sinceLast()
 * result   --a-----b--A--|      A.metadata.sinceLastMs = 9
 */
export function sinceLast<E extends AnalyticsEvent>(): MonoTypeOperatorFunction<E> {
  return (source) =>
    // Without `defer`, two subscriptions would share this state.
    defer(() => {
      const lastAt = new Map<string, number>();
      return source.pipe(
        map((event) => {
          const before = lastAt.get(event.type);
          lastAt.set(event.type, event.timestamp);
          // Events are shared: copy them to change them.
          return before === undefined ? event : { ...event, metadata: { ...event.metadata, sinceLastMs: event.timestamp - before } };
        }),
      );
    });
}

export async function main(): Promise<void> {
  const clicks = [
    { type: 'click', timestamp: 1_000 },
    { type: 'scroll', timestamp: 1_200 },
    { type: 'click', timestamp: 1_700 },
  ];
  const line = ({ type, metadata }: AnalyticsEvent): string => `${type} ${'sinceLastMs' in metadata ? String(metadata.sinceLastMs) : '-'}`;

  // In a pipeline of your own, with any other operators.
  from(clicks.map((click) => createEvent(click)))
    .pipe(sinceLast(), batch({ maxCount: 2 }))
    .subscribe(({ events }) => console.log('piped:', events.map(line).join(', ')));

  // In a collector, between redaction and the batch; live subscribers see the result, too.
  const sink = new MemorySink();
  const collector = new EventCollector({ sinks: [sink], stages: [sinceLast()] });
  collector.collectBatch(clicks);
  await collector.shutdown();
  console.log('collected:', sink.events.map(line).join(', '));
}

if (process.argv[1] === import.meta.filename) await main();

// Prints:
// piped: click -, scroll -
// piped: click 700
// collected: click -, scroll -, click 700
