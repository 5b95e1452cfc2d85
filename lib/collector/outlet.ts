import { defer, identity, Subject, type MonoTypeOperatorFunction, type Observable } from 'rxjs';
import type { AnalyticsEvent, EventBatch } from '../event/event.js';
import { isObject } from '../internal/check-option.js';
import { Deque } from '../internal/deque.js';
import { HotSubject } from '../internal/hot-subject.js';
import { operate } from '../internal/operate.js';
import type { Turns } from '../internal/turns.js';
import type { DropReason } from '../ledger/drop-reason.js';
import type { Accounts } from './accounts.js';
import { startStages, type UserStages } from './user-stages.js';

export interface OutletParts<E> {
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

export type Outlet<E extends AnalyticsEvent> = ReturnType<typeof openOutlet<E>>;

/** Where accepted events come out: through the user's stages, if there are any, into the hot Subject, and on to the batch once there is a sink. */
export function openOutlet<E extends AnalyticsEvent>(parts: OutletParts<E>) {
  const { accounts, turns, stages, holdsEarlyEvents, maxHeld, isDenied } = parts;
  const { ledger } = accounts;
  const events = new HotSubject<E>();
  /** Between the hot events and the batch: what waits for a sink. */
  const early = new Deque<E>();
  let release: (event: E) => void = () => undefined;
  let hasSink = false;
  const stagesEnd = new Subject<never>();
  let userStages: UserStages<E> | undefined;

  const isHolding = (): boolean => holdsEarlyEvents && !hasSink;

  /** There is no sink, and none is waited for: events are processed before they are in a batch. */
  const processesAtOnce = (): boolean => !holdsEarlyEvents && !hasSink;

  /** Where nothing is ever held, there is no need for a hop. */
  const untilSink: MonoTypeOperatorFunction<E> = holdsEarlyEvents
    ? operate((destination) => {
        release = (event) => {
          destination.next(event);
        };
        return {
          next: (event) => {
            if (hasSink) release(event);
            else if (early.length < maxHeld()) early.push(event);
            // Its door was passed when nothing was held yet.
            else accounts.loseBuffered(1, 'no_sink');
          },
        };
      })
    : identity;

  function announce(event: E): void {
    if (processesAtOnce()) ledger.process(1);
    events.next(event);
  }

  function leaveStages(event: E): void {
    if (!isObject(event)) accounts.loseInStages('stage_error', new TypeError('Expected a stage to emit events'));
    else if (isDenied()) accounts.loseInStages('consent');
    else if (isHolding() && early.length >= maxHeld()) accounts.loseInStages('no_sink');
    else {
      ledger.leaveStages();
      announce(event);
    }
  }

  if (stages.length > 0) {
    userStages = startStages<E>(stages, {
      onOutput: (event) => {
        turns.enter(() => {
          leaveStages(event);
        });
      },
      onError: (error, inHand) => {
        accounts.threw('stage', error);
        if (inHand) accounts.loseInStages('stage_error', error);
      },
      onComplete: () => {
        turns.enter(() => {
          stagesEnd.complete();
        });
      },
    });
  }

  return {
    events,
    untilSink,
    processesAtOnce,

    /** How many events wait for a sink. */
    early: () => early.length,

    /** Why an event can't come out, if it can't. */
    obstacle(): Extract<DropReason, 'stage_completed' | 'no_sink'> | undefined {
      if (userStages?.isCompleted() === true) return 'stage_completed';
      return isHolding() && ledger.awaitingBatch >= maxHeld() ? 'no_sink' : undefined;
    },

    next(event: E): void {
      if (userStages === undefined) announce(event);
      else if (userStages.isCompleted()) accounts.loseInStages('stage_completed');
      else userStages.next(event);
    },

    /** An event that was accepted is lost before it could come out. */
    loseAccepted(reason: DropReason): void {
      if (userStages === undefined) accounts.loseBuffered(1, reason);
      else accounts.loseInStages(reason);
    },

    /** Lets what waits for a sink go, oldest first, and everything that follows. */
    gainSink(): void {
      hasSink = true;
      for (const event of early.drain()) release(event);
    },

    loseLastSink(): void {
      hasSink = false;
    },

    /** Drops the newest of what waits for a sink, until `size` are left; gives how many those were. */
    trimEarly(size: number, reason: DropReason): number {
      let count = 0;
      for (; early.length > size; count += 1) early.pop();
      accounts.loseBuffered(count, reason);
      return count;
    },

    /** A batch has been cut: its events leave the buffer. */
    bookBatch({ events: { length }, reason, createdAt }: EventBatch<E>): void {
      if (!processesAtOnce()) ledger.process(length);
      ledger.flushed(reason, createdAt);
    },

    /** An event came out that fits into no batch. */
    loseUnbatched(reason: DropReason, error: unknown): void {
      if (!processesAtOnce()) accounts.loseBuffered(1, reason, error);
    },

    /** Completes when the user's stages have let go of what they held. */
    endStages: (): Observable<never> =>
      defer(() => {
        if (userStages === undefined) stagesEnd.complete();
        else userStages.complete();
        return stagesEnd;
      }),

    complete(): void {
      userStages?.stop();
      events.complete();
    },
  };
}
