import { Subject, type SchedulerLike, type Subscription } from 'rxjs';
import type { SinkError } from '../errors/sink-error.js';
import type { DropReason } from '../ledger/drop-reason.js';
import type { BreakerState } from '../lane/circuit-breaker.js';
import type { FlushReport } from './flush-report.js';

/** Why an event will not arrive. */
export type LossReason = DropReason | 'invalid' | 'closed' | 'failed';

/**
 * What may happen again and again; reported at most once a second for each kind, with the count since the last report.
 *
 * @inline
 */
type Repeatable =
  /** Events that will not arrive: dropped by the collector or a lane, failed for good, unusable, or offered after shutdown. */
  | { readonly type: 'loss'; readonly reason: LossReason; readonly sink?: string; readonly error?: unknown }
  /** Attempts that failed, also when they will be retried, and failed calls of a sink's `flush` or `close`. */
  | { readonly type: 'sink_error'; readonly sink: string; readonly error: SinkError }
  /** A user's callback threw: an observer given to `subscribe`, a stage, the metadata function. */
  | { readonly type: 'callback_error'; readonly callback: CallbackSource; readonly error: unknown };

/** Whose code threw; `pipeline` is none that the collector knows of. */
export type CallbackSource = 'subscriber' | 'stage' | 'metadata' | 'consent$' | 'pipeline';

/**
 * What happens once.
 *
 * @inline
 */
type Single =
  | { readonly type: 'breaker'; readonly sink: string; readonly state: BreakerState }
  | { readonly type: 'flush' | 'shutdown'; readonly report: FlushReport }
  | { readonly type: 'unregister'; readonly sink: string; readonly report: FlushReport }
  /** `initGlobalCollector` was called again: the first collector stays. */
  | { readonly type: 'global_collector_exists' };

/** What the collector has to say about itself. `at` is in milliseconds since the epoch; `error` is the latest of those counted. */
export type Diagnostic = ((Repeatable & { readonly count: number }) | Single) & { readonly at: number };

const WINDOW_MS = 1_000;

export type Diagnostics = ReturnType<typeof openDiagnostics>;

/**
 * The collector's diagnostics, rate-limited.
 *
 * The first of a kind in a window of a second is emitted at once; later ones are counted, and reported in one piece when the window ends.
 * There is a timer only while something has been counted, and nothing is counted while nobody listens.
 */
export function openDiagnostics(scheduler: SchedulerLike) {
  const diagnostics = new Subject<Diagnostic>();
  /** What was emitted in this window, and what has been counted since. */
  const window = new Map<string, (Repeatable & { readonly count: number }) | undefined>();
  let windowEndsAt = 0;
  let timer: Subscription | undefined;

  /** Reports what the last window counted; that opens the next one for the same kinds. */
  function startWindow(): void {
    timer?.unsubscribe();
    timer = undefined;
    const now = scheduler.now();
    windowEndsAt = now + WINDOW_MS;
    for (const [key, counted] of window) if (counted === undefined) window.delete(key);
    for (const key of [...window.keys()]) {
      // Each stays counted until it is told: whom a report makes end everything finds here what is left to tell.
      const counted = window.get(key);
      window.set(key, undefined);
      if (counted !== undefined) diagnostics.next({ ...counted, at: now });
    }
  }

  return {
    diagnostics$: diagnostics.asObservable(),

    report(single: Single): void {
      diagnostics.next({ ...single, at: scheduler.now() });
    },

    /** @param kind what it is counted by, within its type */
    count(repeatable: Repeatable, kind: string, count: number): void {
      if (!diagnostics.observed) return;
      const key = `${repeatable.type} ${kind}`;
      const now = scheduler.now();
      if (now >= windowEndsAt) startWindow();
      if (window.has(key)) {
        window.set(key, { ...repeatable, count: count + (window.get(key)?.count ?? 0) });
        timer ??= scheduler.schedule(startWindow, windowEndsAt - now);
      } else {
        window.set(key, undefined);
        diagnostics.next({ ...repeatable, count, at: now });
      }
    },

    complete(): void {
      // What a report makes its subscriber lose is reported, too; but whoever loses something at every report is not followed for ever.
      for (let round = 0; round < 10; round += 1) startWindow();
      timer?.unsubscribe();
      diagnostics.complete();
    },
  };
}
