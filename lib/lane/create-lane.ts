import { BehaviorSubject, filter, merge, NEVER, noop, Subject, Subscription, take, tap, throwError, timer, type Observable } from 'rxjs';
import { toSinkError, type SinkError } from '../errors/sink-error.js';
import { batchOf } from '../event/batch-of.js';
import type { DropReason } from '../ledger/drop-reason.js';
import type { EventSink } from '../sink/sink.js';
import { Attempt } from './attempt.js';
import { nextAttempt } from './back-off.js';
import { circuitBreaker } from './circuit-breaker.js';
import { halvesOf, isSettled, remainderOf, type QueuedBatch } from './queued-batch.js';
import type { Delivery, Outcome } from './delivery.js';
import { failedEvents } from './failed-events.js';
import type { Lane, LaneEnv } from './lane.js';
import type { LaneOptions } from './lane-options.js';
import { createLaneQueue } from './lane-queue.js';
import { createDrainBarrier } from './drain-barrier.js';

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
 * never evicted. Of the `concurrency` places a queued keeps its own through back-off, so that at 1 the order holds.
 */
export function createLane<E>(sink: EventSink<E>, options: LaneOptions, env: LaneEnv): Lane<E> {
  const { name } = sink;
  const { scheduler, newId, books, enter } = env;
  const breaker = circuitBreaker(options.breaker || NO_BREAKER);
  const queue = createLaneQueue<E>(options.overflow);
  const drainBarrier = createDrainBarrier();
  const deliveries$ = new Subject<Delivery<E>>();
  /** In flight, or waiting for another attempt. */
  const active = new Set<QueuedBatch<E>>();
  /** After this instant nobody waits any more: set when the lane is to empty. */
  const deadline$ = new BehaviorSubject(Infinity);
  let { maxEvents } = options;
  /** Consignments that are not settled. */
  let liveCount = 0;
  let reserved = 0;
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
  const live = (): QueuedBatch<E>[] => [...active, ...queue.waiting].sort((a, b) => a.order - b.order);

  const admit = (queued: QueuedBatch<E>): void => {
    liveCount += 1;
    queue.enter(queued, liveCount);
  };

  const pump = (): void => {
    if (isPumping) return;
    isPumping = true;
    while (pauses === 0 && active.size < options.concurrency) {
      const queued = queue.next();
      if (queued === undefined) break;
      active.add(queued);
      proceed(queued);
    }
    isPumping = false;
  };

  /** Makes an attempt, as soon as the breaker lets it through. */
  const proceed = (queued: QueuedBatch<E>): void => {
    if (!queued.isLastAttempt && pauses > 0) wait(queued, Infinity, false);
    else if (queued.isLastAttempt || breaker.admits(scheduler.now(), options.timeoutMs)) attempt(queued);
    else wait(queued, breaker.openUntil, false, breaker.changes$);
  };

  /** Proceeds at `untilMs`; at once when that is after the deadline, and the sink has not asked for it: then the attempt that follows is the last. */
  const wait = (queued: QueuedBatch<E>, untilMs: number, asTold: boolean, changes$: Observable<unknown> = NEVER): void => {
    const tooLate$ = deadline$.pipe(
      filter((deadline) => !asTold && untilMs > deadline),
      tap(() => {
        queued.isLastAttempt = true;
      }),
    );
    const time$ = untilMs === Infinity ? NEVER : timer(Math.max(0, untilMs - scheduler.now()), scheduler);
    // A pause is over for a reason: what was waited for has probably passed with it.
    const resumed$: Observable<unknown> = asTold ? NEVER : resumes$;
    occupy(queued, merge(tooLate$, time$, changes$, resumed$).pipe(take(1)), () => {
      proceed(queued);
    });
  };

  const attempt = (queued: QueuedBatch<E>): void => {
    queued.attemptedId = queued.batch.id;
    queued.attempts += 1;
    queued.firstAttemptAt ??= scheduler.now();
    queued.isInFlight = true;
    books.attempt(queued.attempts);
    const context = new Attempt(queued.attempts);
    const outer = orderInHand;
    orderInHand = queued.order;
    let answer$: Observable<never> | undefined;
    try {
      answer$ = context.outcomeOf(sink.process(queued.batch, context), options.timeoutMs, scheduler);
    } catch (error) {
      answer$ = throwError(() => error);
    }
    orderInHand = outer;
    const onDelivered = (): void => {
      // Booked before the breaker lets others go ahead: they may end the lane.
      const tell = takeOut(queued, DELIVERED);
      breaker.succeeded();
      tell();
      pump();
    };
    // Most sinks that answer at once return nothing: that is a delivery without any Observable, 10 ns an event cheaper.
    if (answer$ !== undefined) {
      occupy(queued, answer$, onDelivered, (error) => {
        onFailure(queued, toSinkError(error));
      });
      // Its own `process` may have had it dropped.
    } else if (!isSettled(queued)) onDelivered();
  };

  /** Follows what occupies a queued's place, an attempt or a wait, until the queued is settled. */
  const occupy = (
    queued: QueuedBatch<E>,
    work$: Observable<unknown>,
    onComplete: () => void,
    onError: (error: unknown) => void = onComplete,
  ): void => {
    // In its place before the work begins: what follows work that is over at once puts its own there.
    const subscription = new Subscription();
    queued.subscription = subscription;
    const inTurn = (work: (error?: unknown) => void) => (error?: unknown) => {
      enter(() => {
        if (!subscription.closed) work(error);
      });
    };
    subscription.add(work$.subscribe({ error: inTurn(onError), complete: inTurn(onComplete) }));
  };

  const onFailure = (queued: QueuedBatch<E>, error: SinkError): void => {
    const now = scheduler.now();
    queued.isInFlight = false;
    const isTooLarge = error.kind === 'too_large';
    // A sink that names the events which failed has delivered the others. Booked before the breaker tells anybody, as above.
    const failed = new Set(failedEvents(queued.batch.events, error.failed));
    const tell = takeOut(queued, DELIVERED, (event) => !failed.has(event));
    // `rejected` and `too_large` speak of the events: the sink itself has answered.
    if (isTooLarge || error.kind === 'rejected') breaker.succeeded();
    else breaker.failed(now);
    env.onAttemptFailed?.(error);
    tell();
    // What was in flight could not be dropped or evicted; now it can.
    if (queued.dropsOnFailure !== undefined) drop([queued], queued.dropsOnFailure);
    makeRoom();
    const next = isSettled(queued) || queued.isLastAttempt ? undefined : nextAttempt(error, queued, options.retry, now, env.random);
    if (next !== undefined) wait(queued, next.at, next.asTold);
    else if (isTooLarge && queued.batch.events.length > 1) {
      const halves = halvesOf(queued, newId);
      retire(queued);
      halves.reverse().forEach(admit);
      pump();
    } else finish(queued, { status: 'failed', error });
  };

  const finish = (queued: QueuedBatch<E>, outcome: Outcome): void => {
    takeOut(queued, outcome)();
    pump();
  };

  const makeRoom = (): void => {
    const tellings: (() => void)[] = [];
    queue.evict(books.pending - maxEvents, live, (queued, isEvicted) => {
      tellings.push(takeOut(queued, { status: 'dropped', reason: 'overflow' }, isEvicted));
    });
    for (const tell of tellings) tell();
  };

  const drop = (queuedBatches: readonly QueuedBatch<E>[], reason: DropReason): void => {
    const tellings = queuedBatches.map((queued) => takeOut(queued, { status: 'dropped', reason }));
    for (const tell of tellings) tell();
  };

  /** Takes all events of a queued, or some, out of the lane and books them; what it gives tells of it. */
  const takeOut = (queued: QueuedBatch<E>, outcome: Outcome, isOut?: (event: E, index: number) => boolean): (() => void) => {
    const { batch, order, attempts } = queued;
    const events = isOut ? batch.events.filter(isOut) : batch.events;
    const count = events.length;
    if (count === 0) return noop;
    books.settle(count, outcome);
    const rest = isOut ? batch.events.filter((event, index) => !isOut(event, index)) : [];
    if (rest.length === 0) retire(queued);
    else queued.batch = remainderOf(queued, rest, newId);
    return () => {
      deliveries$.next({ sink: name, batch: rest.length === 0 ? batch : batchOf({ ...batch, events }), attempts, ...outcome });
      drainBarrier.settled(order, count);
    };
  };

  /** Lets go of the queued and its events. Whatever still runs for it is ended, and a late answer changes nothing. */
  const retire = (queued: QueuedBatch<E>): void => {
    queued.batch = { ...queued.batch, events: [] };
    queued.isInFlight = false;
    liveCount -= 1;
    active.delete(queued);
    queued.subscription?.unsubscribe();
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
      return books.pending + reserved;
    },
    reserve(count) {
      reserved += count;
    },
    offer(batch, wasAttempted) {
      const { length } = batch.events;
      if (length === 0) return;
      lastOrder += 1;
      books.offer(length);
      drainBarrier.entered(lastOrder, length);
      admit({ order: lastOrder, batch, attemptedId: wasAttempted ? batch.id : undefined, attempts: 0 });
      reserved = Math.max(0, reserved - length);
      makeRoom();
      pump();
    },
    setMaxEvents(count) {
      maxEvents = count;
      makeRoom();
      pump();
    },
    settled: (exceptOrder = 0) => drainBarrier.watch(exceptOrder),
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
      for (const queued of live()) if (queued.firstAttemptAt !== undefined) queued.firstAttemptAt += pausedMs;
      resumes$.next();
      pump();
    },
    purge(reason) {
      const all = live();
      for (const queued of all) queued.dropsOnFailure = reason;
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
