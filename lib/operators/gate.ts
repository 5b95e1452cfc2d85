import type { MonoTypeOperatorFunction, Observable, SchedulerLike } from 'rxjs';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import { aDelay, aFunction, anInteger, anObservable, aScheduler, checkArgument } from '../internal/check-option.js';
import { ConsentGate, type ConsentState } from '../consent/consent-gate.js';
import { operate } from '../internal/operate.js';
import type { OnReject } from '../ledger/drop-reason.js';
import { safeOnReject } from './step.js';

export interface GateOptions<E> {
  /** Events held at most while consent is unknown; the newest beyond it are rejected. `Infinity` is allowed. @default 10_000 */
  readonly maxHeld?: number | undefined;
  /** Milliseconds that an event is held at most; `Infinity` means for ever. @default 1_800_000: 30 minutes */
  readonly maxAgeMs?: number | undefined;
  /** Clock and timer. @default `asyncScheduler`, with timers that don't keep a process alive */
  readonly scheduler?: SchedulerLike | undefined;
  /** Told about each event that doesn't pass: `'filtered'` while consent is denied, `'consent'` if it was held in vain or found no room. */
  readonly onReject?: OnReject<E> | undefined;
}

const DEFAULTS = { maxHeld: 10_000, maxAgeMs: 1_800_000 };

/**
 * Holds events until the user has consented, and drops them if the user doesn't.
 *
 * ```
 * consent  -----g-----------d-----u-----g--     granted, denied, unknown
 * source   --a-----b-----c-----d-----e-----|
 *          gate(consent$)
 * result   -----a--b-----c--------------e--|     d is rejected as 'filtered'
 * ```
 *
 * Consent is `'unknown'` until `consent$` emits, and whenever it emits anything but `'granted'` or `'denied'`. Events are held in order
 * and released unchanged. One timer runs while anything is held, none otherwise.
 *
 * When the source completes, the result does, once nothing is held; if `consent$` has completed undecided, what is held is rejected as
 * `'consent'`. An error, of `consent$` too, rejects what is held and passes. On unsubscription what is held is let go.
 *
 * @throws TypeError for an option outside its range
 * @example
 * const consent$ = new Subject<'granted' | 'denied' | 'unknown'>();
 * const seen: string[] = [];
 * of('a', 'b').pipe(gate(consent$)).subscribe((event) => seen.push(event));
 * expect(seen).to.deep.equal([]);
 * consent$.next('granted');
 * expect(seen).to.deep.equal(['a', 'b']);
 */
export function gate<E>(consent$: Observable<ConsentState>, options: GateOptions<E> = {}): MonoTypeOperatorFunction<E> {
  const { maxHeld = DEFAULTS.maxHeld, maxAgeMs = DEFAULTS.maxAgeMs, scheduler = backgroundScheduler, onReject } = options;
  checkArgument('consent$', consent$, anObservable);
  checkArgument('maxHeld', maxHeld, anInteger(0, true));
  checkArgument('maxAgeMs', maxAgeMs, aDelay());
  checkArgument('scheduler', scheduler, aScheduler);
  if (onReject !== undefined) checkArgument('onReject', onReject, aFunction);
  return operate<E, E>((destination) => {
    const reject = safeOnReject(onReject);
    let isSourceDone = false;
    let isConsentDone = false;
    const completeWhenDone = (): void => {
      // What is held under a yes is on its way: this was called from inside its release.
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
