import { asyncScheduler, merge, timer } from 'rxjs';
import type { CollectorOptions } from '../../lib/collector/collector-options.js';
import type { Diagnostic } from '../../lib/collector/diagnostics.js';
import { EventCollector } from '../../lib/collector/event-collector.js';
import type { FlushReport } from '../../lib/collector/flush-report.js';
import { marbles } from '../../lib/testing/marbles.js';
import { sequentialIds } from '../../lib/testing/sequential-ids.js';
import { expectBalanced } from './books.js';

/** What a test does with a collector in virtual time. */
export interface Virtual {
  readonly collector: EventCollector;
  /** Collects events whose data is a letter each, one after the other. */
  readonly collect: (letters: string) => void;
  /** Calls back at a virtual millisecond; the books are checked afterwards. */
  readonly at: (ms: number, callback: () => void) => void;
  /** The virtual millisecond that it is. */
  readonly now: () => number;
  readonly diagnostics: Diagnostic[];
  /** The ends of flushes, shutdowns and leavings so far: when, what, how. */
  readonly ends: { readonly at: number; readonly type: string; readonly report: FlushReport }[];
}

/** Runs a whole collector in virtual time, and checks its books at every change of stats, at every `at`, and at the end. */
export function virtually(options: CollectorOptions, test: (virtual: Virtual) => void): EventCollector {
  let collector: EventCollector | undefined;
  marbles(() => {
    const made = new EventCollector({ newId: sequentialIds(), sessionId: 'session', random: () => 0.5, ...options });
    collector = made;
    const diagnostics: Diagnostic[] = [];
    const ends: Virtual['ends'] = [];
    made.diagnostics$.subscribe((diagnostic) => {
      diagnostics.push(diagnostic);
      if ('report' in diagnostic) ends.push(diagnostic);
      expectBalanced(made);
    });
    merge(made.events$, made.batches$, made.deliveries$).subscribe(() => expectBalanced(made));
    test({
      collector: made,
      collect: (letters) => {
        for (const letter of letters) made.collect({ type: 'feature_used', data: letter });
      },
      at: (ms, callback) => {
        timer(ms).subscribe(() => {
          callback();
          expectBalanced(made);
        });
      },
      now: () => asyncScheduler.now(),
      diagnostics,
      ends,
    });
  });
  if (collector === undefined) throw new Error('Expected a collector to have been made');
  expectBalanced(collector);
  return collector;
}
