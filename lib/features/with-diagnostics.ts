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
 * diagnostics$   -1----------(2)1-        the first immediately; b and c together after a second; then d
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

/** Formats a value; reading a hostile value may throw. */
const shown = (value: unknown): string => tryGet(() => formatValue(value)) ?? 'an object';

class RateLimitedDiagnostics implements Diagnostics {
  readonly diagnostics$: Observable<Diagnostic>;
  readonly #subject = new Subject<Diagnostic>();
  readonly #scheduler: SchedulerLike;
  readonly #elapsed: () => number;
  /** The kinds that were emitted in this window, each with the diagnostic counted since, if any. */
  readonly #window = new Map<string, (RepeatedDiagnostic & { readonly count: number }) | undefined>();
  /** A diagnostic for the first subscriber: there can't be a subscriber while the collector is being created. */
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
    // Must not be lost: an error of `consent$` means that events are held, possibly unnoticed.
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

  /** @param kind repetitions are counted by type and kind */
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
    // A subscriber may cause further losses when it receives a report; these are reported, too. The limit ends an endless chain.
    for (let round = 0; round < 10; round += 1) this.#startWindow();
    this.#timer?.unsubscribe();
    this.#subject.complete();
  }

  /** Reports the diagnostics that were counted in the last window, and starts the next one. The reported kinds belong to the new window. */
  #startWindow(): void {
    const window = this.#window;
    this.#timer?.unsubscribe();
    this.#timer = undefined;
    this.#windowEndsAt = this.#elapsed() + WINDOW_MS;
    for (const [key, counted] of window) if (counted === undefined) window.delete(key);
    for (const key of [...window.keys()]) {
      // A count stays in the window until it is reported: if a subscriber ends the collector during a report, `complete` reports the remaining counts.
      const counted = window.get(key);
      window.set(key, undefined);
      if (counted !== undefined) this.#subject.next({ ...counted, at: this.#scheduler.now() });
    }
  }
}
