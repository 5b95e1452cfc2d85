import { type Observable, Subject, type SchedulerLike, type Subscription } from 'rxjs';
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
  | { readonly type: 'callback_error'; readonly callback: Callback; readonly error: unknown };

/** Whose code threw; `pipeline` is none that the collector knows of. */
export type Callback = 'subscriber' | 'stage' | 'metadata' | 'consent$' | 'pipeline';

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

/**
 * The collector's diagnostics, rate-limited.
 *
 * The first of a kind in a window of a second is emitted at once; later ones are counted, and reported in one piece when the window ends.
 * There is a timer only while something has been counted, and nothing is counted while nobody listens.
 */
export class Diagnostics {
  readonly #subject = new Subject<Diagnostic>();
  readonly #scheduler: SchedulerLike;
  /** What was emitted in this window, and what has been counted since. */
  readonly #window = new Map<string, (Repeatable & { readonly count: number }) | undefined>();
  #windowEndsAt = 0;
  #timer: Subscription | undefined;

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler;
  }

  get diagnostics$(): Observable<Diagnostic> {
    return this.#subject.asObservable();
  }

  report(single: Single): void {
    if (this.#subject.observed) this.#subject.next({ ...single, at: this.#scheduler.now() });
  }

  lost(count: number, reason: LossReason, sink?: string, error?: unknown): void {
    this.#count({ type: 'loss', reason, ...(sink !== undefined && { sink }), ...(error !== undefined && { error }) }, count);
  }

  sinkFailed(sink: string, error: SinkError): void {
    this.#count({ type: 'sink_error', sink, error }, 1);
  }

  threw(callback: Callback, error: unknown): void {
    this.#count({ type: 'callback_error', callback, error }, 1);
  }

  complete(): void {
    // What a report makes its subscriber lose is reported, too; but whoever loses something at every report is not followed for ever.
    for (let round = 0; round < 10; round += 1) this.#startWindow(this.#scheduler.now());
    this.#timer?.unsubscribe();
    this.#subject.complete();
  }

  #count(repeatable: Repeatable, count: number): void {
    if (!this.#subject.observed) return;
    const key = keyOf(repeatable);
    const now = this.#scheduler.now();
    if (now >= this.#windowEndsAt) this.#startWindow(now);
    if (!this.#window.has(key)) {
      this.#window.set(key, undefined);
      this.#subject.next({ ...repeatable, count, at: now });
      return;
    }
    this.#window.set(key, { ...repeatable, count: count + (this.#window.get(key)?.count ?? 0) });
    this.#timer ??= this.#scheduler.schedule(() => {
      this.#startWindow(this.#scheduler.now());
    }, this.#windowEndsAt - now);
  }

  /** Reports what the last window counted; that opens the next one for the same kinds. */
  #startWindow(now: number): void {
    this.#timer?.unsubscribe();
    this.#timer = undefined;
    this.#windowEndsAt = now + WINDOW_MS;
    for (const [key, counted] of this.#window) if (counted === undefined) this.#window.delete(key);
    for (const key of [...this.#window.keys()]) {
      // Each stays counted until it is told: whom a report makes end everything finds here what is left to tell.
      const counted = this.#window.get(key);
      this.#window.set(key, undefined);
      if (counted !== undefined) this.#subject.next({ ...counted, at: now });
    }
  }
}

function keyOf(diagnostic: Repeatable): string {
  switch (diagnostic.type) {
    case 'loss':
      return `loss ${diagnostic.reason} ${diagnostic.sink ?? ''}`;
    case 'sink_error':
      return `sink_error ${diagnostic.error.kind} ${diagnostic.sink}`;
    case 'callback_error':
      return `callback_error ${diagnostic.callback}`;
  }
}
