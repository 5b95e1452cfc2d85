import type { MonoTypeOperatorFunction, Observable, SchedulerLike } from 'rxjs';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import { ConsentGate, isConsent, type ConsentState } from '../consent/consent-gate.js';
import { aDelay, aFunction, anInteger, anObservable, aScheduler, checkArgument } from '../internal/check-option.js';
import { operate } from '../internal/operate.js';
import { optionsOf } from '../internal/options.js';
import type { OnReject } from '../ledger/drop-reason.js';
import { safeOnReject } from './step.js';

export interface GateOptions<E> {
  /** Maximum number of events held while consent is unknown; newer ones are rejected. `Infinity` is allowed. @default 10_000 */
  readonly maxHeld?: number | undefined;
  /** Maximum milliseconds for which an event is held; `Infinity`: no limit. @default 1_800_000: 30 minutes */
  readonly maxAgeMs?: number | undefined;
  /** Clock and timer. @default `asyncScheduler`, with timers that don't keep a process alive */
  readonly scheduler?: SchedulerLike | undefined;
  /**
   * Called with each event that doesn't pass: `'filtered'` while consent is denied, `'consent'` if it was held and consent was not granted, or
   * `maxHeld` was reached.
   */
  readonly onReject?: OnReject<E> | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<GateOptions<never>, 'onReject'>(() => ({
  maxHeld: [anInteger(0, true), 10_000],
  maxAgeMs: [aDelay(), 1_800_000],
  scheduler: [aScheduler, backgroundScheduler],
  onReject: [aFunction],
}));

/**
 * Holds events until the user consents, and drops them if consent is denied.
 *
 * ```
 * consent  -----g-----------d-----u-----g--     granted, denied, unknown
 * source   --a-----b-----c-----d-----e-----|
 *          gate(consent$)
 * result   -----a--b-----c--------------e--|     d is rejected as 'filtered'
 * ```
 *
 * Consent is `'unknown'` until `consent$` emits; values other than `'granted'`, `'denied'` and `'unknown'` are ignored. Events are held in order and
 * released unchanged. A timer runs only while events are held.
 *
 * When the source completes, the result completes once nothing is held. If `consent$` completes without a decision, held events are rejected as
 * `'consent'`. An error of the source or of `consent$` rejects held events and is passed on. Unsubscribing discards held events without calling
 * `onReject`.
 *
 * @throws TypeError if `consent$` is not an Observable, and for an invalid or unknown option
 * @example
 * const consent$ = new Subject<'granted' | 'denied' | 'unknown'>();
 * const seen: string[] = [];
 * of('a', 'b').pipe(gate(consent$)).subscribe((event) => seen.push(event));
 * expect(seen).to.deep.equal([]);
 * consent$.next('granted');
 * expect(seen).to.deep.equal(['a', 'b']);
 */
export function gate<E>(consent$: Observable<ConsentState>, options: GateOptions<E> = {}): MonoTypeOperatorFunction<E> {
  checkArgument('consent$', consent$, anObservable);
  const { maxHeld, maxAgeMs, scheduler, onReject } = OPTIONS.parse(options) as ReturnType<typeof OPTIONS.parse> &
    Pick<GateOptions<E>, 'onReject'>;
  return operate<E, E>((destination) => {
    const reject = safeOnReject(onReject);
    let isSourceDone = false;
    let isConsentDone = false;
    const completeWhenDone = (): void => {
      // With consent granted, held events are being released right now (re-entrant call).
      if (!isSourceDone || (held.size > 0 && (held.state === 'granted' || !isConsentDone))) return;
      rejectHeld();
      destination.complete();
    };
    const rejectHeld = (): void => {
      for (const event of held.drain()) reject(event, 'consent');
    };
    const fail = (error: unknown): void => {
      rejectHeld();
      destination.error(error);
    };
    const held = new ConsentGate<E>({
      maxHeld,
      maxAgeMs,
      scheduler,
      release: (event) => {
        destination.next(event);
      },
      lose: (event) => {
        reject(event, 'consent');
        completeWhenDone();
      },
    });
    destination.add(() => held.close());
    destination.add(
      consent$.subscribe({
        next: (state) => {
          if (!isConsent(state)) return;
          for (const event of held.setConsent(state)) reject(event, 'consent');
          held.release();
          completeWhenDone();
        },
        error: fail,
        complete: () => {
          isConsentDone = true;
          completeWhenDone();
        },
      }),
    );
    return {
      next: (event) => {
        const verdict = held.offer(event);
        if (verdict === 'pass') destination.next(event);
        else if (verdict !== 'held') reject(event, verdict);
      },
      error: fail,
      complete: () => {
        isSourceDone = true;
        completeWhenDone();
      },
    };
  });
}
