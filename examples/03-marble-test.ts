/** Marble tests: `npx tsx examples/03-marble-test.ts`. A whole pipeline with a failing sink, in virtual time. */
import { map } from 'rxjs';
import { batch, EventCollector } from 'rx-event-collector';
import { marbles, scriptedSink } from 'rx-event-collector/testing';

/** The sink fails at first; its batch is delivered once, later. */
export function aFailedAttemptIsRepeated(): void {
  marbles(({ hot, expectObservable }) => {
    const sink = scriptedSink('flaky', 'fail:2 ok:1'); // fails after 2 ms, then succeeds after 1
    const lane = { retry: { baseDelayMs: 3, jitter: 'none' } } as const;
    const collector = new EventCollector({ sinks: [sink], lane, config: { batch: { maxCount: 2, maxAgeMs: 5 } } });
    const delivered$ = collector.deliveries$.pipe(map((delivery) => delivery.batch.events.map(({ type }) => type)));

    const events = '   -a-b---c-------';
    const delivered = '---------x---y-'; // a and b: full at 3, failed at 5, delivered at 9; c: old enough at 12, delivered at 13
    hot(events).subscribe((type) => collector.collect({ type }));
    expectObservable(delivered$).toBe(delivered, { x: ['a', 'b'], y: ['c'] });
  });
}

/** An operator alone runs in virtual time, too. */
export function aBatchIsCutByAge(): void {
  marbles(({ cold, expectObservable }) => {
    const source = '  --a--b---c-|';
    const expected = '-------x---(y|)';
    const contents$ = cold(source).pipe(
      batch({ maxAgeMs: 5 }),
      map(({ events, reason }) => `${events.join('')} ${reason}`),
    );
    expectObservable(contents$).toBe(expected, { x: 'ab age', y: 'c complete' });
  });
}

export function main(): void {
  for (const test of [aFailedAttemptIsRepeated, aBatchIsCutByAge]) {
    try {
      test();
      console.log('passed:', test.name);
    } catch (error) {
      console.log('failed:', test.name, error);
    }
  }
}

if (process.argv[1] === import.meta.filename) main();

// Prints:
// passed: aFailedAttemptIsRepeated
// passed: aBatchIsCutByAge
