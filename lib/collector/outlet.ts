import { defer, EMPTY, ignoreElements, Subject, take, type MonoTypeOperatorFunction, type Observable } from 'rxjs';
import type { AnalyticsEvent, EventBatch } from '../event/event.js';
import { HotSubject } from '../internal/hot-subject.js';
import type { Turns } from '../internal/turns.js';
import type { DropReason } from '../ledger/drop-reason.js';
import type { Accounts } from './accounts.js';
import { EarlyEvents } from './early-events.js';
import { UserStages } from './user-stages.js';

export interface OutletOptions<E> {
  readonly accounts: Accounts;
  readonly turns: Turns;
  readonly stages: readonly MonoTypeOperatorFunction<E>[];
  /** Whether events wait for the first sink; otherwise, where there is none, they are processed at once. */
  readonly holdsEarlyEvents: boolean;
  /** How many wait at most. */
  readonly maxHeld: () => number;
  /** Whether consent was denied while an event was inside the user's stages. */
  readonly isDenied: () => boolean;
}

/** Where accepted events come out: through the user's stages, if there are any, into the hot Subject. */
export class Outlet<E extends AnalyticsEvent> {
  readonly events = new HotSubject<E>();
  readonly early: EarlyEvents<E>;
  readonly #options: OutletOptions<E>;
  /** Apart from the options, as every event meets it. */
  readonly #accounts: Accounts;
  readonly #stages: UserStages<E> | undefined;
  readonly #stagesEnd = new Subject<void>();
  /** There is no sink, and none is waited for. */
  #processesAtOnce: boolean;

  constructor(options: OutletOptions<E>) {
    const { accounts, turns, stages, holdsEarlyEvents, maxHeld } = options;
    this.#options = options;
    this.#accounts = accounts;
    this.early = new EarlyEvents<E>(holdsEarlyEvents, maxHeld, () => {
      accounts.loseBuffered(1, 'no_sink');
    });
    this.#processesAtOnce = !holdsEarlyEvents;
    if (stages.length === 0) return;
    this.#stages = new UserStages<E>(stages, {
      onOutput: (event) => {
        turns.enter(() => {
          this.#leaveStages(event);
        });
      },
      onError: (error, inHand) => {
        accounts.diagnostics.threw('stage', error);
        if (inHand) accounts.loseInStages('stage_error', error);
      },
      onComplete: () => {
        turns.enter(() => {
          this.#stagesEnd.next();
        });
      },
    });
  }

  /** There is no sink, and none is waited for: events are processed before they are in a batch. */
  get processesAtOnce(): boolean {
    return this.#processesAtOnce;
  }

  /** Why an event can't come out, if it can't. */
  get obstacle(): Extract<DropReason, 'stage_completed' | 'no_sink'> | undefined {
    if (this.#stages?.isCompleted === true) return 'stage_completed';
    if (!this.early.isHolding) return undefined;
    return this.#accounts.ledger.awaitingBatch >= this.#options.maxHeld() ? 'no_sink' : undefined;
  }

  next(event: E): void {
    if (this.#stages === undefined) this.#announce(event);
    else if (this.#stages.isCompleted) this.#accounts.loseInStages('stage_completed');
    else this.#stages.next(event);
  }

  /** An event that was accepted is lost before it could come out. */
  loseAccepted(reason: DropReason): void {
    const { accounts } = this.#options;
    if (this.#stages === undefined) accounts.loseBuffered(1, reason);
    else accounts.loseInStages(reason);
  }

  /** A sink is there. What waits for one must be called for by `early.open`. */
  gainSink(): void {
    this.#processesAtOnce = false;
  }

  loseLastSink(): void {
    if (this.#options.holdsEarlyEvents) this.early.hold();
    else this.#processesAtOnce = true;
  }

  /** A batch has been cut: its events leave the buffer. */
  bookBatch({ events, reason, createdAt }: EventBatch<E>): void {
    const { ledger } = this.#accounts;
    if (!this.#processesAtOnce) ledger.process(events.length);
    ledger.flushed(reason, createdAt);
  }

  /** An event came out that fits into no batch. */
  loseUnbatched(reason: DropReason, error: unknown): void {
    if (!this.#processesAtOnce) this.#accounts.loseBuffered(1, reason, error);
  }

  /** Completes when the user's stages have let go of what they held. */
  endStages(): Observable<never> {
    return defer(() => {
      const stages = this.#stages;
      if (stages === undefined || stages.isCompleted) return EMPTY;
      stages.complete();
      return stages.isCompleted ? EMPTY : this.#stagesEnd.pipe(take(1), ignoreElements());
    });
  }

  /** Gives up waiting for a sink; gives the number of events that did. */
  dropEarly(): number {
    const count = this.early.trim(0);
    this.#accounts.loseBuffered(count, 'shutdown');
    return count;
  }

  complete(): void {
    this.#stages?.stop();
    this.events.complete();
  }

  #leaveStages(event: E): void {
    const { accounts, isDenied, maxHeld } = this.#options;
    if (typeof event !== 'object' || (event as E | null) === null) {
      accounts.loseInStages('stage_error', new TypeError('Expected a stage to emit events'));
    } else if (isDenied()) {
      accounts.loseInStages('consent');
    } else if (this.early.isHolding && this.early.size >= maxHeld()) {
      accounts.loseInStages('no_sink');
    } else {
      accounts.ledger.leaveStages();
      this.#announce(event);
    }
  }

  #announce(event: E): void {
    if (this.#processesAtOnce) this.#accounts.ledger.process(1);
    this.events.next(event);
  }
}
