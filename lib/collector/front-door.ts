import type { Observable, SchedulerLike, Subscription } from 'rxjs';
import type { AnalyticsEvent } from '../event/event.js';
import { ConsentGate, type ConsentState } from '../internal/consent-gate.js';
import type { Turns } from '../internal/turns.js';
import type { CollectOutcome } from '../ledger/ledger.js';
import type { Accounts } from './accounts.js';
import type { Intake } from './intake.js';
import type { KeepAlive } from './keep-alive.js';
import type { Outlet } from './outlet.js';
import type { Seats } from './seats.js';
import { WaitingRoom } from './waiting-room.js';

/** How deep a chain of collects may grow that subscribers, sinks and the like make from their callbacks. */
export const MAX_CHAIN = 10_000;
/** How deep collects may be nested that are made from inside an enricher, rule, sampler or validator: those do grow the stack. */
const MAX_NESTING = 32;
const CONSENT_MAX_AGE_MS = 30 * 60_000;

export interface FrontDoorParts<E extends AnalyticsEvent> {
  readonly accounts: Accounts;
  readonly turns: Turns;
  readonly intake: Intake<E>;
  readonly outlet: Outlet<E>;
  readonly seats: Seats<E>;
  readonly keepAlive: KeepAlive;
  readonly scheduler: SchedulerLike;
  /** How many events await consent at most. */
  readonly maxHeld: () => number;
  /** Cuts the open batch. */
  readonly cut: () => void;
}

/** Where events come in, and where it is said what becomes of them. */
export class FrontDoor<E extends AnalyticsEvent> {
  readonly #parts: FrontDoorParts<E>;
  // The parts that every event meets have fields of their own: objects made by spreading differ in their hidden classes from one collector to
  // the next, and code that has met several of them is optimized no more (a sixth of the whole).
  readonly #accounts: Accounts;
  readonly #turns: Turns;
  readonly #intake: Intake<E>;
  readonly #outlet: Outlet<E>;
  readonly #seats: Seats<E>;
  readonly #waiting: WaitingRoom<E>;
  #gate: ConsentGate<E> | undefined;
  #consentSubscription: Subscription | undefined;
  /** How many collects are on the stack, each but the first made from inside a step. */
  #nesting = 0;
  #isClosed = false;

  constructor(parts: FrontDoorParts<E>) {
    this.#parts = parts;
    this.#accounts = parts.accounts;
    this.#turns = parts.turns;
    this.#intake = parts.intake;
    this.#outlet = parts.outlet;
    this.#seats = parts.seats;
    this.#waiting = new WaitingRoom<E>(parts.keepAlive);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get isDenied(): boolean {
    return this.consent === 'denied';
  }

  /** `undefined` where consent is not asked for. */
  get consent(): ConsentState | undefined {
    return this.#gate?.state;
  }

  collect(input: unknown): CollectOutcome {
    const taken = this.#take(input);
    if (typeof taken === 'string') return taken;
    if (this.#seats.hasBlocking && !this.#hasRoom()) return this.#accounts.reject('backpressure');
    return this.#accept(taken);
  }

  collectAsync(input: unknown): Promise<CollectOutcome> {
    const taken = this.#take(input);
    if (typeof taken === 'string') return Promise.resolve(taken);
    if (!this.#seats.hasBlocking || this.#hasRoom()) return Promise.resolve(this.#accept(taken));
    const outcome = this.#waiting.join(taken);
    this.admitWaiting();
    return outcome;
  }

  /** Lets in, in order, whoever there is room for now. */
  admitWaiting(): void {
    if (this.#waiting.size === 0) return;
    const { turns, seats, accounts, cut } = this.#parts;
    turns.defer(() => {
      while (this.#waiting.size > 0 && seats.hasRoom(accounts.ledger.awaitingBatch)) this.#waiting.admit((event) => this.#accept(event));
      // When all that fills a lane is the open batch, waiting for it to fill up would be waiting for ever.
      turns.defer(() => {
        if (this.#waiting.size > 0 && seats.isBlockedByOpenBatch) cut();
      }, 0);
    }, 0);
  }

  /** From now on events need consent. */
  heed(consent$: Observable<ConsentState>): void {
    const { accounts, turns, scheduler, maxHeld } = this.#parts;
    const gate = new ConsentGate<E>({
      get maxHeld() {
        return maxHeld();
      },
      maxAgeMs: CONSENT_MAX_AGE_MS,
      scheduler,
      release: (event) => {
        this.#release(event);
      },
      lose: () => {
        accounts.rejectHeld('consent');
      },
    });
    this.#gate = gate;
    this.#consentSubscription = consent$.subscribe({
      next: (consent) => {
        // Heeded at once by whoever comes in; what is inside already follows in its turn.
        const refused = gate.setConsent(consent);
        turns.defer(() => {
          refused.forEach(() => {
            accounts.rejectHeld('consent');
          });
          gate.release();
          if (consent === 'denied') this.#purge();
        }, turns.depth);
      },
      error: (error: unknown) => {
        accounts.diagnostics.threw('consent$', error);
      },
    });
  }

  /** No event comes in any more. */
  close(): void {
    this.#isClosed = true;
  }

  /** Sends away who waits outside, and drops what awaits consent; gives the number of those. */
  clear(): number {
    const { accounts } = this.#parts;
    this.#waiting.dismiss(() => accounts.refuse());
    const held = this.#gate?.drain().length ?? 0;
    for (let count = 0; count < held; count += 1) accounts.rejectHeld('shutdown');
    return held;
  }

  /** Heeds consent no more: nothing is left that it could concern. */
  stop(): void {
    this.#consentSubscription?.unsubscribe();
  }

  /** From a caller's input to an event that may be accepted; or its outcome, booked. */
  #take(input: unknown): E | CollectOutcome {
    const accounts = this.#accounts;
    const intake = this.#intake;
    if (this.#isClosed) return accounts.refuse();
    if (this.#turns.depth >= MAX_CHAIN || this.#nesting >= MAX_NESTING) return accounts.reject('reentrancy');
    this.#nesting += 1;
    let event = intake.capture(input);
    if (event !== undefined) event = intake.admit(event);
    let fate: ReturnType<ConsentGate<E>['offer']> = 'pass';
    // The user's code that ran may have shut the collector down.
    if (event !== undefined && this.#gate !== undefined && !this.#isClosed) fate = this.#gate.offer(event);
    if (event !== undefined && fate === 'pass' && !this.#isClosed) event = intake.refine(event);
    this.#nesting -= 1;
    if (this.#isClosed) return accounts.refuse();
    if (event === undefined) return accounts.reject(intake.rejection, intake.error);
    if (fate === 'held') {
      accounts.ledger.holdForConsent();
      accounts.changed();
      return 'accepted';
    }
    if (fate !== 'pass') return accounts.reject(fate);
    // A step may have had consent denied.
    return this.isDenied ? accounts.reject('filtered') : event;
  }

  #accept(event: E): CollectOutcome {
    const { obstacle } = this.#outlet;
    if (obstacle !== undefined) return this.#accounts.reject(obstacle);
    this.#accounts.ledger.accept();
    this.#publish(event, this.#turns.depth + 1);
    return 'accepted';
  }

  /** Consent has come for an event that was held: it goes on where it stopped. */
  #release(event: E): void {
    const { accounts, intake, outlet } = this.#parts;
    this.#nesting += 1;
    const refined = intake.refine(event);
    this.#nesting -= 1;
    if (refined === undefined) {
      accounts.rejectHeld(intake.rejection, intake.error);
      return;
    }
    const { obstacle } = outlet;
    if (obstacle !== undefined) {
      accounts.rejectHeld(obstacle);
      return;
    }
    accounts.ledger.releaseHeld();
    this.#publish(refined, 1);
  }

  /** Now, or when those who came before have had their turn. */
  #publish(event: E, depth: number): void {
    const turns = this.#turns;
    if (turns.isRunning) {
      this.#publishLater(event, depth);
      return;
    }
    turns.begin(depth);
    try {
      this.#outlet.next(event);
    } catch (error) {
      turns.onError(error);
    }
    turns.end();
  }

  /** Apart from `#publish`, which would otherwise pay for a closure that it hardly ever needs. */
  #publishLater(event: E, depth: number): void {
    const { turns, outlet } = this.#parts;
    turns.defer(() => {
      if (this.isDenied) outlet.loseAccepted('consent');
      else outlet.next(event);
    }, depth);
  }

  /** Consent is denied: nothing that is not on the wire yet may go. */
  #purge(): void {
    const { accounts, outlet, seats, cut } = this.#parts;
    accounts.loseBuffered(outlet.early.trim(0), 'consent');
    // The open batch passes through the lanes' books, and not to their sinks.
    for (const { lane } of seats) lane.pause();
    cut();
    for (const { lane } of seats) {
      lane.purge('consent');
      lane.resume();
    }
    this.#waiting.dismiss(() => accounts.reject('filtered'));
  }

  #hasRoom(): boolean {
    return this.#waiting.size === 0 && this.#parts.seats.hasRoom(this.#parts.accounts.ledger.awaitingBatch);
  }
}
