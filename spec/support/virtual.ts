import { asyncScheduler, merge, timer } from 'rxjs';
import type { CollectorOptions } from '../../lib/collector/collector-options.js';
import type { Diagnostic } from '../../lib/collector/diagnostics.js';
import { EventCollector } from '../../lib/collector/event-collector.js';
import type { FlushReport } from '../../lib/collector/flush-report.js';
import { marbles } from '../../lib/testing/marbles.js';
import { sequentialIds } from '../../lib/testing/sequential-ids.js';
import { expectBalanced } from './books.js';

/** The actions of a test with a collector in virtual time. */
export interface Virtual {
  readonly collector: EventCollector;
  /** Collects events with one letter as data each, one after the other. */
  readonly collect: (letters: string) => void;
  /** Calls back at a virtual millisecond; the ledger is checked afterwards. */
  readonly at: (ms: number, callback: () => void) => void;
  /** The current virtual millisecond. */
  readonly now: () => number;
  readonly diagnostics: Diagnostic[];
  /** The results of flushes, shutdowns and removed sinks so far: time, call, result. */
  readonly ends: { readonly at: number; readonly type: string; readonly report: FlushReport }[];
}

/** Runs a whole collector in virtual time, and checks its ledger at every change of stats, at every `at`, and at the end. */
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
