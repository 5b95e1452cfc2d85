import type { Observable, Subscription } from 'rxjs';
import type { AnalyticsEvent } from '../event/event.js';
import { ConsentGate, type ConsentState } from '../internal/consent-gate.js';
import { Deque } from '../internal/deque.js';
import type { CollectOutcome } from '../ledger/ledger.js';
import type { Intake } from './intake.js';
import type { Outlet } from './outlet.js';
import type { Parts } from './parts.js';
import type { Seats } from './seats.js';

/** How deep a chain of collects may grow that subscribers, sinks and the like make from their callbacks. */
export const MAX_CHAIN = 10_000;
/** How deep collects may be nested that are made from inside an enricher, rule, sampler or validator: those do grow the stack. */
const MAX_NESTING = 32;
const CONSENT_MAX_AGE_MS = 30 * 60_000;

export interface FrontDoorParts<E extends AnalyticsEvent> extends Parts {
  readonly intake: Intake<E>;
  readonly outlet: Outlet<E>;
  readonly seats: Seats<E>;
}

export type FrontDoor<E extends AnalyticsEvent> = ReturnType<typeof openDoor<E>>;

/** Where events come in, and where it is said what becomes of them. */
export function openDoor<E extends AnalyticsEvent>(parts: FrontDoorParts<E>) {
  const { accounts, turns, scheduler, awake$, intake, outlet, seats, maxHeld, cut } = parts;
  const { ledger } = accounts;
  /** Who waits outside for room, first come, first served: in nobody's books yet. */
  const waiting = new Deque<{ readonly event: E; readonly leave: (outcome: CollectOutcome) => void }>();
  let gate: ConsentGate<E> | undefined;
  let consentSubscription: Subscription | undefined;
  /** How many collects are on the stack, each but the first made from inside a step. */
  let nesting = 0;
  let isClosed = false;

  const isDenied = (): boolean => gate?.state === 'denied';

  const hasRoom = (): boolean => !seats.isBlocking() || (waiting.length === 0 && seats.hasRoom(ledger.awaitingBatch));

  /** From a caller's input to an event that may be accepted; or its outcome, booked. */
  function take(input: unknown): E | CollectOutcome {
    if (isClosed) return accounts.refuse();
    if (turns.depth >= MAX_CHAIN || nesting >= MAX_NESTING) return accounts.reject('reentrancy');
    let fate: ReturnType<ConsentGate<E>['offer']> = 'pass';
    nesting += 1;
    let event = intake.admit(input);
    // The user's code that ran may have shut the collector down.
    if (event !== undefined && !isClosed) {
      if (gate !== undefined) fate = gate.offer(event);
      if (fate === 'pass') event = intake.refine(event);
    }
    nesting -= 1;
    if (isClosed) return accounts.refuse();
    if (event === undefined) return accounts.reject(intake.rejection.reason, intake.rejection.error);
    if (fate === 'held') {
      ledger.holdForConsent();
      accounts.changed();
      return 'accepted';
    }
    if (fate !== 'pass') return accounts.reject(fate);
    // A step may have had consent denied.
    return isDenied() ? accounts.reject('filtered') : event;
  }

  function accept(event: E): CollectOutcome {
    const obstacle = outlet.obstacle();
    if (obstacle !== undefined) return accounts.reject(obstacle);
    ledger.accept();
    publish(event, turns.depth + 1);
    return 'accepted';
  }

  /** Now, or when those who came before have had their turn. */
  function publish(event: E, depth: number): void {
    if (turns.isRunning) {
      publishLater(event, depth);
      return;
    }
    turns.begin(depth);
    try {
      outlet.next(event);
    } catch (error) {
      turns.onError(error);
    }
    turns.end();
  }

  /** Apart from `publish`, which would otherwise pay for a closure that it hardly ever needs. */
  function publishLater(event: E, depth: number): void {
    turns.defer(() => {
      if (isDenied()) outlet.loseAccepted('consent');
      else outlet.next(event);
    }, depth);
  }

  /** Consent has come for an event that was held: it goes on where it stopped. */
  function release(event: E): void {
    nesting += 1;
    const refined = intake.refine(event);
    nesting -= 1;
    const { reason, error } = intake.rejection;
    if (refined === undefined) return accounts.rejectHeld(reason, error);
    const obstacle = outlet.obstacle();
    if (obstacle !== undefined) return accounts.rejectHeld(obstacle);
    ledger.releaseHeld();
    publish(refined, 1);
  }

  const rejectHeld = (held: readonly E[], reason: 'consent' | 'shutdown'): void => {
    for (let count = held.length; count > 0; count -= 1) accounts.rejectHeld(reason);
  };

  const dismiss = (outcome: () => CollectOutcome): void => {
    for (const { leave } of waiting.drain()) leave(outcome());
  };

  /** Consent is denied: nothing that is not on the wire yet may go. */
  function purge(): void {
    outlet.trimEarly(0, 'consent');
    // The open batch passes through the lanes' books, and not to their sinks.
    for (const { lane } of seats.all.values()) lane.pause();
    cut();
    for (const { lane } of seats.all.values()) {
      lane.purge('consent');
      lane.resume();
    }
    dismiss(() => accounts.reject('filtered'));
  }

  /** Lets in, in order, whoever there is room for now. */
  function admitWaiting(): void {
    if (waiting.length === 0) return;
    turns.defer(() => {
      while (waiting.length > 0 && seats.hasRoom(ledger.awaitingBatch)) {
        const first = waiting.shift();
        first?.leave(accept(first.event));
      }
      // When all that fills a lane is the open batch, waiting for it to fill up would be waiting for ever.
      turns.defer(() => {
        if (waiting.length > 0 && seats.isBlockedByOpenBatch()) cut();
      }, 0);
    }, 0);
  }

  return {
    isClosed: () => isClosed,
    isDenied,
    /** `undefined` where consent is not asked for. */
    consent: () => gate?.state,
    admitWaiting,

    collect(input: unknown): CollectOutcome {
      const taken = take(input);
      if (typeof taken === 'string') return taken;
      return hasRoom() ? accept(taken) : accounts.reject('backpressure');
    },

    collectAsync(input: unknown): Promise<CollectOutcome> {
      const taken = take(input);
      if (typeof taken === 'string') return Promise.resolve(taken);
      if (hasRoom()) return Promise.resolve(accept(taken));
      const awake = awake$.subscribe();
      const outcome = new Promise<CollectOutcome>((resolve) => {
        const leave = (outcome: CollectOutcome): void => {
          awake.unsubscribe();
          resolve(outcome);
        };
        waiting.push({ event: taken, leave });
      });
      admitWaiting();
      return outcome;
    },

    /** From now on events need consent. */
    heed(consent$: Observable<ConsentState>): void {
      const opened = (gate = new ConsentGate<E>({
        get maxHeld() {
          return maxHeld();
        },
        maxAgeMs: CONSENT_MAX_AGE_MS,
        scheduler,
        release,
        lose: () => {
          accounts.rejectHeld('consent');
        },
      }));
      consentSubscription = consent$.subscribe({
        next: (consent) => {
          // Heeded at once by whoever comes in; what is inside already follows in its turn.
          const refused = opened.setConsent(consent);
          turns.defer(() => {
            rejectHeld(refused, 'consent');
            opened.release();
            if (consent === 'denied') purge();
          }, turns.depth);
        },
        error: (error: unknown) => {
          accounts.threw('consent$', error);
        },
      });
    },

    /** No event comes in any more. */
    close(): void {
      isClosed = true;
    },

    /** Sends away who waits outside, and drops what awaits consent; gives the number of those. */
    clear(): number {
      dismiss(() => accounts.refuse());
      const held = gate?.drain() ?? [];
      rejectHeld(held, 'shutdown');
      return held.length;
    },

    /** Heeds consent no more: nothing is left that it could concern. */
    stop(): void {
      consentSubscription?.unsubscribe();
    },
  };
}
