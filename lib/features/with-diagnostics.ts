import { Observable, Subject, type SchedulerLike, type Subscription } from 'rxjs';
import type { CollectorFeature } from '../collector/collector-context.js';
import { kernelFeature } from '../collector/kernel.js';
import type { CallbackSource, Diagnostic, Diagnostics, LossReason, OnceDiagnostic, RepeatedDiagnostic } from '../collector/diagnostics.js';
import type { SinkError } from '../errors/sink-error.js';
import type { ReplaceableField } from '../event/create-event.js';
import type { AnalyticsEvent } from '../event/event.js';
import { formatValue } from '../internal/check-option.js';
import { steadyClock } from '../internal/steady-clock.js';
import { tryGet } from '../internal/try-get.js';
import { fillOnce } from './fill-once.js';

/** The members that `withDiagnostics` adds. */
export interface WithDiagnostics {
  /** Every loss, failed attempt and throwing callback, at most once a second per kind, with counts; breakers, flushes, shutdown. */
  readonly diagnostics$: Observable<Diagnostic>;
}

/**
 * Adds `diagnostics$`: a collector's losses, failures and state changes, rate-limited.
 *
 * ```
 * losses         -a-b-c-------d---
 * diagnostics$   -1----------(2)1-        the first at once; b and c together after a second; then d
 * ```
 *
 * Nothing is counted while there is no subscriber, and a timer runs only while something has been counted.
 *
 * @example
 * const collector = createCollector({ sinks: [] }, withDiagnostics());
 * const seen: string[] = [];
 * collector.diagnostics$.subscribe((diagnostic) => seen.push(diagnostic.type));
 * collector.collect({ type: '' });
 * expect(seen).to.deep.equal(['loss']);
 */
export function withDiagnostics<E extends AnalyticsEvent = AnalyticsEvent>(): CollectorFeature<WithDiagnostics, E> {
  return kernelFeature((kernel) => {
    fillOnce(kernel.recorder.diagnostics !== undefined, 'withDiagnostics');
    const diagnostics = (kernel.recorder.diagnostics = new RateLimitedDiagnostics(kernel.observerScheduler));
    kernel.processor.onUnusable = (field, value) => {
      diagnostics.unusableField(field, value);
    };
    kernel.onComplete(() => {
      diagnostics.complete();
    });
    return { diagnostics$: diagnostics.diagnostics$ };
  });
}

const WINDOW_MS = 1_000;

/** A hostile value may throw when it is looked at. */
const shown = (value: unknown): string => tryGet(() => formatValue(value)) ?? 'an object';

class RateLimitedDiagnostics implements Diagnostics {
  readonly diagnostics$: Observable<Diagnostic>;
  readonly #subject = new Subject<Diagnostic>();
  readonly #scheduler: SchedulerLike;
  readonly #elapsed: () => number;
  /** What was emitted in this window, with what has been counted since. */
  readonly #window = new Map<string, (RepeatedDiagnostic & { readonly count: number }) | undefined>();
  /** To be reported to the first subscriber: there can be none while the collector is created. */
  #early: { readonly diagnostic: RepeatedDiagnostic; readonly kind: string } | undefined;
  #windowEndsAt = 0;
  #timer: Subscription | undefined;

  constructor(scheduler: SchedulerLike) {
    this.diagnostics$ = new Observable((subscriber) => {
      subscriber.add(this.#subject.subscribe(subscriber));
      this.#reportEarly();
    });
    this.#scheduler = scheduler;
    this.#elapsed = steadyClock(() => scheduler.now());
  }

  report(diagnostic: OnceDiagnostic): void {
    this.#subject.next({ ...diagnostic, at: this.#scheduler.now() });
  }

  loss(count: number, reason: LossReason, error?: unknown, sink?: string): void {
    const details = { ...(sink !== undefined && { sink }), ...(error !== undefined && { error }) };
    this.#count({ type: 'loss', reason, ...details }, `${reason} ${String(sink)}`, count);
  }

  sinkError(sink: string, error: SinkError): void {
    this.#count({ type: 'sink_error', sink, error }, `${error.kind} ${sink}`, 1);
  }

  storeError(sink: string, error: SinkError): void {
    this.#count({ type: 'sink_error', sink, error }, `store ${error.kind} ${error.code} ${sink}`, 1);
  }

  callbackError(callback: CallbackSource, error: unknown): void {
    const diagnostic: RepeatedDiagnostic = { type: 'callback_error', callback, error };
    // Without consent, events are held silently.
    if (callback === 'consent$') this.#keep(diagnostic, callback);
    else this.#count(diagnostic, callback, 1);
  }

  unusableField(field: ReplaceableField, value: unknown): void {
    const isPersonal = field === 'sessionId' || field === 'metadata';
    this.#count({ type: 'unusable_field', field, got: isPersonal ? typeof value : shown(value) }, field, 1);
  }

  invalidConsent(value: unknown): void {
    this.#keep({ type: 'invalid_consent', got: shown(value) }, '');
  }

  #keep(diagnostic: RepeatedDiagnostic, kind: string): void {
    this.#early = { diagnostic, kind };
    if (this.#subject.observed) this.#reportEarly();
  }

  #reportEarly(): void {
    const early = this.#early;
    this.#early = undefined;
    if (early !== undefined) this.#count(early.diagnostic, early.kind, 1);
  }

  /** @param kind what repetitions are counted by, within the type */
  #count(diagnostic: RepeatedDiagnostic, kind: string, count: number): void {
    if (!this.#subject.observed) return;
    const window = this.#window;
    const key = `${diagnostic.type} ${kind}`;
    if (this.#elapsed() >= this.#windowEndsAt) this.#startWindow();
    if (window.has(key)) {
      window.set(key, { ...diagnostic, count: count + (window.get(key)?.count ?? 0) });
      this.#timer ??= this.#scheduler.schedule(
        () => {
          this.#startWindow();
        },
        Math.max(0, this.#windowEndsAt - this.#elapsed()),
      );
    } else {
      window.set(key, undefined);
      this.#subject.next({ ...diagnostic, count, at: this.#scheduler.now() });
    }
  }

  complete(): void {
    // A report may make its subscriber lose more, which is reported, too; but a subscriber that loses something at every report is cut off.
    for (let round = 0; round < 10; round += 1) this.#startWindow();
    this.#timer?.unsubscribe();
    this.#subject.complete();
  }

  /** Reports what the last window counted; that opens the next one for the same kinds. */
  #startWindow(): void {
    const window = this.#window;
    this.#timer?.unsubscribe();
    this.#timer = undefined;
    this.#windowEndsAt = this.#elapsed() + WINDOW_MS;
    for (const [key, counted] of window) if (counted === undefined) window.delete(key);
    for (const key of [...window.keys()]) {
      // Each stays counted until it is reported: a subscriber that ends the collector finds here what is left to report.
      const counted = window.get(key);
      window.set(key, undefined);
      if (counted !== undefined) this.#subject.next({ ...counted, at: this.#scheduler.now() });
    }
  }
}
