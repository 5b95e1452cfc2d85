import { asyncScheduler, merge, timer } from 'rxjs';
import type { CollectorFeature } from '../../lib/collector/collector-context.js';
import { createCollector, type Collector, type CreateCollectorOptions, type MembersOf } from '../../lib/collector/collector.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { marbles } from '../../lib/testing/marbles.js';
import { sequentialIds } from '../../lib/testing/sequential-ids.js';
import { expectBalanced } from './books.js';

/** The actions of a test with a collector and its features in virtual time. */
export interface Fitted<M extends readonly unknown[]> {
  readonly collector: Collector & MembersOf<M>;
  /** Calls back at a virtual millisecond, and checks the ledger afterwards. */
  readonly at: (ms: number, callback: () => void) => void;
  readonly now: () => number;
  /** All events of `events$` so far. */
  readonly events: readonly AnalyticsEvent[];
}

/** Runs `createCollector` in virtual time, and checks both equations of the ledger at every event, batch and delivery, and at the end. */
export function fitted<M extends readonly unknown[]>(
  options: CreateCollectorOptions,
  features: { readonly [K in keyof M]: CollectorFeature<M[K]> },
  test: (fitted: Fitted<M>) => void,
): Collector & MembersOf<M> {
  let collector: (Collector & MembersOf<M>) | undefined;
  marbles(() => {
    const made = createCollector<AnalyticsEvent, M>(
      { newId: sequentialIds(), sessionId: 'session', random: () => 0.5, ...options },
      ...features,
    );
    collector = made;
    const events: AnalyticsEvent[] = [];
    made.events$.subscribe((event) => events.push(event));
    merge(made.events$, made.batches$, made.deliveries$).subscribe(() => expectBalanced(made));
    test({
      collector: made,
      at: (ms, callback) => {
        timer(ms).subscribe(() => {
          callback();
          expectBalanced(made);
        });
      },
      now: () => asyncScheduler.now(),
      events,
    });
  });
  if (collector === undefined) throw new Error('Expected a collector to have been made');
  expectBalanced(collector);
  return collector;
}

/** Starts something whose end a test in virtual time can't await; a rejection fails the run. */
export function inBackground(promise: Promise<unknown>): void {
  promise.catch((error: unknown) => {
    queueMicrotask(() => {
      throw error;
    });
  });
}
