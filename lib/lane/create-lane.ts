import { BehaviorSubject, filter, merge, NEVER, noop, Subject, Subscription, take, tap, throwError, timer, type Observable } from 'rxjs';
import { toSinkError, type SinkError } from '../errors/sink-error.js';
import { batchOf } from '../event/batch-of.js';
import type { DropReason } from '../ledger/drop-reason.js';
import type { EventSink } from '../sink/sink.js';
import { Attempt } from './attempt.js';
import { nextAttempt } from './back-off.js';
import { circuitBreaker } from './circuit-breaker.js';
import { halvesOf, isSettled, remainderOf, type Consignment } from './consignment.js';
import type { Delivery, Outcome } from './delivery.js';
import { failedEvents } from './failed-events.js';
import type { Lane, LaneEnv } from './lane.js';
import type { LaneOptions } from './lane-options.js';
import { createLaneQueue } from './lane-queue.js';
import { createWatches } from './watches.js';

/**
 * A bounded queue, attempts with a timeout, retries, a breaker, and settlement.
 *
 * ```
 *  offer ─► queue ─► (breaker) ─► attempt ──┬─ succeeds ─► delivered
 *             │                      ▲      ├─ fails, may be retried ─► back-off ─┐
 *             │                      └──────┼─────────────────────────────────────┘
 *             │                             ├─ too large ─► two halves, back to the front
 *             ▼                             └─ fails for good ─► failed
 *         overflow, shutdown, unregistered, consent ─► dropped
 * ```
 *
 * Every event that is offered is delivered, failed, dropped or pending, and moves from one to the other in one step. What is in flight is
 * never evicted. Of the `concurrency` places a consignment keeps its own through back-off, so that at 1 the order holds.
 */
export function createLane<E>(sink: EventSink<E>, options: LaneOptions, env: LaneEnv): Lane<E> {
  const { name } = sink;
  const { scheduler, newId, books, enter } = env;
  const breaker = circuitBreaker(options.breaker || NO_BREAKER);
  const queue = createLaneQueue<E>(options.overflow);
  const watches = createWatches();
  const deliveries$ = new Subject<Delivery<E>>();
  /** In flight, or waiting for another attempt. */
  const active = new Set<Consignment<E>>();
  /** After this instant nobody waits any more: set when the lane is to empty. */
  const deadline$ = new BehaviorSubject(Infinity);
  let { maxEvents } = options;
  /** Consignments that are not settled. */
  let liveCount = 0;
  let announced = 0;
  let lastOrder = 0;
  let orderInHand = 0;
  /** Pauses that have not ended, and when the first of them began. */
  let pauses = 0;
  let pausedAt = 0;
  const resumes$ = new Subject<void>();
  /** Keeps synchronous sinks from growing the stack. */
  let isPumping = false;

  books.breaker = options.breaker ? 'closed' : 'off';
  breaker.changes$.subscribe((state) => {
    books.breaker = state;
    env.onBreaker?.(state);
  });

  /** All that the lane holds, oldest first, and some that are settled. */
  const live = (): Consignment<E>[] => [...active, ...queue.waiting].sort((a, b) => a.order - b.order);

  const admit = (consignment: Consignment<E>): void => {
    liveCount += 1;
    queue.enter(consignment, liveCount);
  };

  const pump = (): void => {
    if (isPumping) return;
    isPumping = true;
    while (pauses === 0 && active.size < options.concurrency) {
      const consignment = queue.next();
      if (consignment === undefined) break;
      active.add(consignment);
      proceed(consignment);
    }
    isPumping = false;
  };

  /** Makes an attempt, as soon as the breaker lets it through. */
  const proceed = (consignment: Consignment<E>): void => {
    if (!consignment.isLastAttempt && pauses > 0) wait(consignment, Infinity, false);
    else if (consignment.isLastAttempt || breaker.admits(scheduler.now(), options.timeoutMs)) attempt(consignment);
    else wait(consignment, breaker.openUntil, false, breaker.changes$);
  };

  /** Proceeds at `untilMs`; at once when that is after the deadline, and the sink has not asked for it: then the attempt that follows is the last. */
  const wait = (consignment: Consignment<E>, untilMs: number, asTold: boolean, changes$: Observable<unknown> = NEVER): void => {
    const tooLate$ = deadline$.pipe(
      filter((deadline) => !asTold && untilMs > deadline),
      tap(() => {
        consignment.isLastAttempt = true;
      }),
    );
    const time$ = untilMs === Infinity ? NEVER : timer(Math.max(0, untilMs - scheduler.now()), scheduler);
    // A pause is over for a reason: what was waited for has probably passed with it.
    const resumed$: Observable<unknown> = asTold ? NEVER : resumes$;
    occupy(consignment, merge(tooLate$, time$, changes$, resumed$).pipe(take(1)), () => {
      proceed(consignment);
    });
  };

  const attempt = (consignment: Consignment<E>): void => {
    consignment.attemptedId = consignment.batch.id;
    consignment.attempts += 1;
    consignment.firstAttemptAt ??= scheduler.now();
    consignment.isInFlight = true;
    books.attempt(consignment.attempts);
    const context = new Attempt(consignment.attempts);
    const outer = orderInHand;
    orderInHand = consignment.order;
    let answer$: Observable<never> | undefined;
    try {
      answer$ = context.outcomeOf(sink.process(consignment.batch, context), options.timeoutMs, scheduler);
    } catch (error) {
      answer$ = throwError(() => error);
    }
    orderInHand = outer;
    const onDelivered = (): void => {
      // Booked before the breaker lets others go ahead: they may end the lane.
      const tell = takeOut(consignment, DELIVERED);
      breaker.succeeded();
      tell();
      pump();
    };
    // Most sinks that answer at once return nothing: that is a delivery without any Observable, 10 ns an event cheaper.
    if (answer$ !== undefined) {
      occupy(consignment, answer$, onDelivered, (error) => {
        onFailure(consignment, toSinkError(error));
      });
      // Its own `process` may have had it dropped.
    } else if (!isSettled(consignment)) onDelivered();
  };

  /** Follows what occupies a consignment's place, an attempt or a wait, until the consignment is settled. */
  const occupy = (
    consignment: Consignment<E>,
    work$: Observable<unknown>,
    onComplete: () => void,
    onError: (error: unknown) => void = onComplete,
  ): void => {
    // In its place before the work begins: what follows work that is over at once puts its own there.
    const subscription = new Subscription();
    consignment.subscription = subscription;
    const inTurn = (work: (error?: unknown) => void) => (error?: unknown) => {
      enter(() => {
        if (!subscription.closed) work(error);
      });
    };
    subscription.add(work$.subscribe({ error: inTurn(onError), complete: inTurn(onComplete) }));
  };

  const onFailure = (consignment: Consignment<E>, error: SinkError): void => {
    const now = scheduler.now();
    consignment.isInFlight = false;
    const isTooLarge = error.kind === 'too_large';
    // A sink that names the events which failed has delivered the others. Booked before the breaker tells anybody, as above.
    const failed = new Set(failedEvents(consignment.batch.events, error.failed));
    const tell = takeOut(consignment, DELIVERED, (event) => !failed.has(event));
    // `rejected` and `too_large` speak of the events: the sink itself has answered.
    if (isTooLarge || error.kind === 'rejected') breaker.succeeded();
    else breaker.failed(now);
    env.onAttemptFailed?.(error);
    tell();
    // What was in flight could not be dropped or evicted; now it can.
    if (consignment.dropsOnFailure !== undefined) drop([consignment], consignment.dropsOnFailure);
    makeRoom();
    const next =
      isSettled(consignment) || consignment.isLastAttempt ? undefined : nextAttempt(error, consignment, options.retry, now, env.random);
    if (next !== undefined) wait(consignment, next.at, next.asTold);
    else if (isTooLarge && consignment.batch.events.length > 1) {
      const halves = halvesOf(consignment, newId);
      retire(consignment);
      halves.reverse().forEach(admit);
      pump();
    } else finish(consignment, { status: 'failed', error });
  };

  const finish = (consignment: Consignment<E>, outcome: Outcome): void => {
    takeOut(consignment, outcome)();
    pump();
  };

  const makeRoom = (): void => {
    const tellings: (() => void)[] = [];
    queue.evict(books.pending - maxEvents, live, (consignment, isEvicted) => {
      tellings.push(takeOut(consignment, { status: 'dropped', reason: 'overflow' }, isEvicted));
    });
    for (const tell of tellings) tell();
  };

  const drop = (consignments: readonly Consignment<E>[], reason: DropReason): void => {
    const tellings = consignments.map((consignment) => takeOut(consignment, { status: 'dropped', reason }));
    for (const tell of tellings) tell();
  };

  /** Takes all events of a consignment, or some, out of the lane and books them; what it gives tells of it. */
  const takeOut = (consignment: Consignment<E>, outcome: Outcome, isOut?: (event: E, index: number) => boolean): (() => void) => {
    const { batch, order, attempts } = consignment;
    const events = isOut ? batch.events.filter(isOut) : batch.events;
    const count = events.length;
    if (count === 0) return noop;
    books.settle(count, outcome);
    const rest = isOut ? batch.events.filter((event, index) => !isOut(event, index)) : [];
    if (rest.length === 0) retire(consignment);
    else consignment.batch = remainderOf(consignment, rest, newId);
    return () => {
      deliveries$.next({ sink: name, batch: rest.length === 0 ? batch : batchOf({ ...batch, events }), attempts, ...outcome });
      watches.settled(order, count);
    };
  };

  /** Lets go of the consignment and its events. Whatever still runs for it is ended, and a late answer changes nothing. */
  const retire = (consignment: Consignment<E>): void => {
    consignment.batch = { ...consignment.batch, events: [] };
    consignment.isInFlight = false;
    liveCount -= 1;
    active.delete(consignment);
    consignment.subscription?.unsubscribe();
  };

  return {
    sink,
    name,
    options,
    books,
    deliveries$,
    get maxEvents() {
      return maxEvents;
    },
    get orderInHand() {
      return orderInHand;
    },
    get load() {
      return books.pending + announced;
    },
    announce(count) {
      announced += count;
    },
    offer(batch, wasAttempted) {
      const { length } = batch.events;
      if (length === 0) return;
      lastOrder += 1;
      books.offer(length);
      watches.entered(lastOrder, length);
      admit({ order: lastOrder, batch, attemptedId: wasAttempted ? batch.id : undefined, attempts: 0 });
      announced = Math.max(0, announced - length);
      makeRoom();
      pump();
    },
    setMaxEvents(count) {
      maxEvents = count;
      makeRoom();
      pump();
    },
    settled: (exceptOrder = 0) => watches.watch(exceptOrder),
    leaveBy(deadline) {
      deadline$.next(Math.min(deadline$.value, deadline));
    },
    pause() {
      if (pauses === 0) pausedAt = scheduler.now();
      pauses += 1;
    },
    resume() {
      pauses -= 1;
      if (pauses > 0) return;
      const pausedMs = scheduler.now() - pausedAt;
      // Halves of what was too large wait in the queue.
      for (const consignment of live()) if (consignment.firstAttemptAt !== undefined) consignment.firstAttemptAt += pausedMs;
      resumes$.next();
      pump();
    },
    purge(reason) {
      const all = live();
      for (const consignment of all) consignment.dropsOnFailure = reason;
      drop(
        all.filter(({ isInFlight }) => !isInFlight),
        reason,
      );
      pump();
    },
    stop(reason) {
      drop(live(), reason);
    },
  };
}

const NO_BREAKER = { failures: Infinity, openMs: 0 };
const DELIVERED: Outcome = { status: 'delivered' };
