import { Subject, type Observable, type Subscription } from 'rxjs';
import type { CollectorFeature } from '../collector/collector-context.js';
import { kernelFeature } from '../collector/kernel.js';
import { keepLanes, purgeLanes } from '../collector/sink-registry.js';
import { ConsentGate, isConsent, type ConsentState } from '../consent/consent-gate.js';
import type { AnalyticsEvent } from '../event/event.js';
import { anObservable, checkArgument } from '../internal/check-option.js';
import type { RejectReason } from '../ledger/drop-reason.js';
import { holdForConsent, rejectHeld, releaseHeld } from '../ledger/ledger.js';
import { fillOnce } from './fill-once.js';

/** Maximum time for which an event is held. */
const MAX_AGE_MS = 30 * 60_000;

/**
 * Collects only with the user's consent.
 *
 * ```
 * consent$   ---------g----------d---       granted, denied
 * collect    -a-b--------c----d-----e        a, b: 'accepted', held; e: 'filtered'
 * events$    ---------(ab)c--d-------
 * ```
 *
 * Until `consent$` emits, consent is unknown: events are held, up to `queue.maxEvents` (10,000) and for 30 minutes. Granted consent releases them
 * in order, with their timestamps. Denied consent drops everything that is held, in the open batch or queued, as `'consent'`, and filters later
 * events.
 *
 * The same applies to events that durable lanes recover from an earlier run: they are sent once consent is granted, and removed when it is denied. A
 * shutdown while consent is unknown keeps them.
 *
 * A value of `consent$` that is not a `ConsentState` is reported on `diagnostics$`, and ignored. An error of `consent$` is reported, and so is its
 * completion while consent is unknown.
 *
 * @throws TypeError if `consent$` is not an Observable
 * @throws Error if the collector has another source of consent
 */
export function withConsent<E extends AnalyticsEvent = AnalyticsEvent>(consent$: Observable<ConsentState>): CollectorFeature<void, E> {
  checkArgument('consent$', consent$, anObservable);
  return kernelFeature((kernel) => {
    fillOnce(kernel.admission.consent !== undefined, 'withConsent');
    const { admission, publisher, recorder, sinks, trampoline } = kernel;
    const { ledger } = recorder;
    const rejectOne = (event: E, reason: RejectReason, error?: unknown): void => {
      rejectHeld(ledger, reason);
      recorder.settlements?.reject(event, reason);
      recorder.report(1, reason, error);
    };
    const dropHeld = (held: readonly E[], reason: 'consent' | 'shutdown'): void => {
      for (const event of held) rejectOne(event, reason);
    };
    /** Consent was granted: a held event continues with the steps after consent. */
    const release = (event: E): void => {
      const refined = admission.refine(event);
      const { obstacle } = publisher;
      if (refined === undefined) rejectOne(event, kernel.processor.rejection, kernel.processor.error);
      else if (obstacle !== undefined) rejectOne(refined, obstacle);
      else {
        releaseHeld(ledger);
        admission.publish(refined, trampoline.depth + 1);
      }
    };
    const gate = new ConsentGate<E>({
      get maxHeld() {
        return kernel.maxEvents;
      },
      maxAgeMs: MAX_AGE_MS,
      scheduler: kernel.scheduler,
      release,
      lose: (event) => {
        rejectOne(event, 'consent');
      },
    });
    admission.consent = {
      onChange: undefined,
      get state() {
        return gate.state;
      },
      get isDenied() {
        return gate.state === 'denied';
      },
      offer: (event) => {
        const verdict = gate.offer(event);
        return verdict === 'pass' ? undefined : verdict;
      },
      recordHeld: () => {
        holdForConsent(ledger);
        recorder.onChange?.();
        return 'accepted';
      },
      dropAccepted: (event) => {
        if (publisher.stages === undefined) recorder.recordDropped([event], 'consent');
        else publisher.stages.drop(event, 'consent');
      },
      trim: () => {
        dropHeld(gate.trim(), 'consent');
      },
      close: () => {
        if (gate.state === 'unknown') keepLanes(sinks);
        const held = gate.close();
        dropHeld(held, 'shutdown');
        return held.length;
      },
    };
    kernel.facts.consent = () => gate.state;
    const denials = new Subject<'consent'>();
    kernel.dropOpenWhen = denials;

    /** Drops everything that is not in flight. */
    const purge = (): void => {
      publisher.hold?.trim(0, 'consent');
      // The open batch is dropped, not cut: observers of `batches$` might send it elsewhere.
      denials.next('consent');
      purgeLanes(sinks, 'consent');
      kernel.purgeDeadLetters?.();
      admission.capacity?.dismiss(() => recorder.recordRejected('filtered'));
    };

    let subscription: Subscription | undefined;
    // Paused until consent is known: until then, lanes contain only batches of an earlier run.
    let isPaused = true;
    sinks.pause();
    let isReported = false;
    kernel.onStart(() => {
      subscription = consent$.subscribe({
        next: (consent) => {
          if (!isConsent(consent)) {
            isReported = true;
            recorder.diagnostics?.invalidConsent(consent);
            return;
          }
          // The new state applies immediately to new events, and on the trampoline to events inside the collector.
          const refused = gate.setConsent(consent);
          admission.consent?.onChange?.();
          trampoline.defer(() => {
            dropHeld(refused, 'consent');
            gate.release();
            if (consent === 'denied') purge();
            if (!isPaused || consent === 'unknown') return;
            isPaused = false;
            sinks.resume();
          }, trampoline.depth);
        },
        error: (error: unknown) => {
          recorder.diagnostics?.callbackError('consent$', error);
        },
        complete: () => {
          if (gate.state === 'unknown' && !isReported)
            recorder.diagnostics?.callbackError('consent$', new Error('`consent$` completed before consent was granted or denied'));
        },
      });
    });
    kernel.onComplete(() => subscription?.unsubscribe());
  });
}
