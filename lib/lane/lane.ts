import { Subscription, throwError, type ObservableInput, type SchedulerLike } from 'rxjs';
import { SinkError, toSinkError } from '../errors/sink-error.js';
import { batchOf } from '../event/batch-of.js';
import type { EventBatch } from '../event/event.js';
import { MAX_DELAY_MS } from '../internal/check-option.js';
import type { DropReason } from '../ledger/drop-reason.js';
import { MAX_LATE_MS } from '../internal/gap-clock.js';
import { graceMs } from '../internal/grace.js';
import { StandingTimer } from '../internal/standing-timer.js';
import type { Elapsed } from '../internal/steady-clock.js';
import type { LaneLedger } from '../ledger/lane-ledger.js';
import type { EventSink } from '../sink/sink.js';
import { Attempt, isObservableInput, observeAnswer } from './attempt.js';
import { nextAttempt } from './back-off.js';
import type { Breaker, BreakerState } from './breaker.js';
import type { Delivery, Outcome } from './delivery.js';
import { DrainBarrier } from './drain-barrier.js';
import { failedEvents, namedEvents } from './failed-events.js';
import type { BreakerOptions, LaneSettings } from './lane-options.js';
import { LaneQueue } from './lane-queue.js';
import type { LaneSpool } from './lane-store.js';
import type { PauseClock } from './pause-clock.js';
import { halvesOf, isSettled, remainderOf, type QueuedBatch } from './queued-batch.js';

/** Follows single events through a lane. */
export interface LaneSettlements {
  /** Events enter a lane for the first time. */
  offer(sink: string, events: readonly unknown[]): void;
  settle(sink: string, events: readonly unknown[], status: Outcome['status'] | 'kept'): void;
  /** Whether one of the events is being followed. */
  has(events: readonly unknown[]): boolean;
  /** An event that was read back from a store is another object, in this lane only. */
  readBack(event: unknown, as: unknown): void;
}

/** What a lane needs from its owner. */
export interface LaneEnv<E> {
  /** Timers. */
  readonly scheduler: SchedulerLike;
  readonly elapsed: Elapsed;
  readonly pauseClock: PauseClock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Ids of batches whose content changed. Never throws. */
  readonly newId: () => string;
  readonly ledger: LaneLedger;
  /** Runs work that starts outside (a sink's answer, a timer) on the trampoline. */
  readonly enter: (work: () => void) => void;
  /** Called with every failed attempt, also if it will be retried. */
  readonly onAttemptFailed?: (error: SinkError) => void;
  readonly onBreaker?: (state: BreakerState) => void;
  /** Why what an earlier life has left may not be sent: consent is denied. */
  readonly refusal?: () => DropReason | undefined;
  /** Called when the store of a durable lane fails. */
  readonly onStoreError?: (error: unknown) => void;
  readonly settlements?: LaneSettlements | undefined;
  /** Creates the breaker. Without it every attempt is admitted. */
  readonly createBreaker?: ((options: BreakerOptions, onChange: (state: BreakerState) => void) => Breaker) | undefined;
  /** Creates the queue for eviction by priority. */
  readonly createPriorityQueue?: (() => LaneQueue<E>) | undefined;
}

/**
 * Delivers batches to one sink: a bounded queue, attempts with a timeout, retries, a breaker, settlement.
 *
 * ```
 *  offer ─► queue ─► (breaker) ─► attempt ──┬─ succeeds ─► delivered
 *             │                      ▲      ├─ fails, is retried ─► back-off ─┐
 *             │                      └──────┼─────────────────────────────────┘
 *             │                             ├─ too large ─► two halves, back to the front of the queue
 *             ▼                             └─ fails for good ─► failed
 *         overflow, shutdown, unregistered, consent ─► dropped
 * ```
 *
 * Every event that is offered is delivered, failed, dropped or pending, and changes its state in one step. Events in flight are never evicted.
 * A batch keeps its one of `concurrency` slots during back-off, so that a concurrency of 1 keeps the order.
 */
export class Lane<E> {
  readonly sink: EventSink<E>;
  /** The sink's name at registration. */
  readonly name: string;
  readonly options: LaneSettings;
  readonly ledger: LaneLedger;
  /** Called with the outcome of each batch, or part of one, after it is in the ledger. */
  onDelivery: (delivery: Delivery<E>) => void = () => undefined;
  readonly #env: LaneEnv<E>;
  readonly #queue: LaneQueue<E>;
  readonly #breaker: Breaker | undefined;
  readonly #barrier = new DrainBarrier();
  /** Of a durable lane. */
  readonly #spool: LaneSpool<E> | undefined;
  /** Set while the batches of earlier lives are being read; nothing is attempted meanwhile. Says what happens to them then. */
  #recovery: Recovery | undefined;
  /** The batches in slots: in flight, or waiting for another attempt. */
  readonly #active = new Set<QueuedBatch<E>>();
  /** One timer for the timeouts of all attempts. */
  readonly #timeout: StandingTimer;
  /** On the clock without gaps: no wait lasts longer. Set when the lane is drained. */
  #deadline = Infinity;
  /** Durable, and being shut down: what is stored is left to the next life. */
  #keepsAtEnd = false;
  #isStopped = false;
  /** Events that are only in the store. */
  #onlyStored = 0;
  #maxEvents: number;
  /** Batches that are not settled. */
  #liveCount = 0;
  #reserved = 0;
  #lastOrder = 0;
  #orderInProcess = 0;
  /** Prevents recursion when a sink answers synchronously. */
  #isPumping = false;

  constructor(sink: EventSink<E>, options: LaneSettings, env: LaneEnv<E>) {
    this.sink = sink;
    this.name = sink.name;
    this.options = options;
    this.ledger = env.ledger;
    this.#env = env;
    this.#maxEvents = options.maxEvents;
    const { overflow } = options;
    const byPriority = overflow === 'drop_lowest_priority' ? env.createPriorityQueue : undefined;
    this.#queue = byPriority?.() ?? new LaneQueue<E>(overflow);
    this.#timeout = new StandingTimer(env.scheduler, env.elapsed, (lateMs) => {
      env.enter(() => {
        this.#onTimeout(lateMs);
      });
    });
    const onChange = (state: BreakerState): void => {
      this.ledger.breaker = state;
      env.onBreaker?.(state);
      this.#wake((queued) => queued.wait?.isForBreaker === true);
    };
    this.#breaker = options.breaker ? env.createBreaker?.(options.breaker, onChange) : undefined;
    this.ledger.breaker = this.#breaker?.state ?? 'off';
    this.#spool = options.spool?.open<E>(sink.name, (error) => {
      env.enter(() => env.onStoreError?.(error));
    });
  }

  /** Reads what earlier lives have left in the store of a durable lane. Called once, before the first batch is offered. */
  start(): void {
    const spool = this.#spool;
    if (spool === undefined) return;
    this.#lastOrder = RECOVERY;
    // A flush waits for the recovered batches, too.
    this.#barrier.entered(RECOVERY, 1);
    this.#recovery = {};
    const onWritten = (): void => {
      this.#env.enter(() => {
        this.#evictExcess();
      });
    };
    spool.recover((batches) => {
      this.#env.enter(() => {
        const recovery = this.#recovery;
        this.#recovery = undefined;
        if (this.#isStopped) {
          // Not in the ledger any more; but refused batches must not reach the next life.
          if (recovery?.refusal !== undefined) for (const batch of batches) spool.replace(batch, []);
          return;
        }
        this.#continueWith(batches, recovery);
        if (recovery?.isKept) this.keep();
        this.#evictExcess();
        if (recovery !== undefined) this.#barrier.settled(RECOVERY, 1);
        this.#pump();
      });
    }, onWritten);
  }

  /** Queues batches of an earlier life before all others, or those taken over from another process behind them. Each may have been attempted. */
  #continueWith(batches: readonly EventBatch<E>[], recovery: Recovery | undefined): void {
    let order = recovery === undefined ? this.#lastOrder : 0;
    const recovered: QueuedBatch<E>[] = [];
    for (const batch of batches) {
      order += 1;
      const { length } = batch.events;
      const queued: QueuedBatch<E> = { order, batch, attemptedId: batch.id, attempts: 0 };
      recovered.push(queued);
      this.ledger.recover(length);
      this.#barrier.entered(order, length);
      this.#enqueue(queued);
    }
    this.#lastOrder = Math.max(this.#lastOrder, order);
    const refusal = recovery?.refusal ?? this.#env.refusal?.();
    if (refusal !== undefined) this.#drop(recovered, refusal);
    else
      this.#drop(
        recovered.filter(({ batch }) => this.#isExpired(batch)),
        'expired',
      );
  }

  /** Whether a batch was in the store for too long. */
  #isExpired({ createdAt }: EventBatch<E>): boolean {
    return this.#env.scheduler.now() - createdAt > (this.#spool?.maxAgeMs ?? Infinity);
  }

  get maxEvents(): number {
    return this.#maxEvents;
  }

  /** The order of the batch whose `process` is on the stack; 0 if there is none. */
  get orderInProcess(): number {
    return this.#orderInProcess;
  }

  /** Events pending, and those reserved. */
  get load(): number {
    return this.ledger.pending + this.#reserved;
  }

  /** Pending events that the store of a durable lane holds. */
  get safe(): number {
    const spool = this.#spool;
    if (spool === undefined || this.ledger.pending === 0) return 0;
    return this.#live().reduce((sum, { batch }) => sum + batch.events.filter((event) => spool.has(batch, event)).length, this.#onlyStored);
  }

  /** Counts events that will be offered when the trampoline reaches them. */
  reserve(count: number): void {
    this.#reserved += count;
  }

  /** @param wasAttempted for a dead letter that is offered again */
  offer(offered: EventBatch<E>, wasAttempted = false): void {
    const { length } = offered.events;
    if (length === 0) return;
    const batch = wasAttempted ? this.#underOwnId(offered) : offered;
    this.#lastOrder += 1;
    this.ledger.offer(length);
    if (!wasAttempted) this.#env.settlements?.offer(this.name, batch.events);
    this.#barrier.entered(this.#lastOrder, length);
    this.#enqueue({ order: this.#lastOrder, batch, attemptedId: wasAttempted ? offered.id : undefined, attempts: 0 });
    this.#spool?.put(batch);
    this.#reserved = Math.max(0, this.#reserved - length);
    this.#evictExcess();
    this.#pump();
  }

  /** A store has one batch per id, and a dead letter may be offered again before it is settled. */
  #underOwnId(batch: EventBatch<E>): EventBatch<E> {
    const isKnown = this.#spool !== undefined && this.#live().some((queued) => queued.batch.id === batch.id && !isSettled(queued));
    return isKnown ? batchOf({ ...batch, id: this.#env.newId(), parentId: batch.id }) : batch;
  }

  setMaxEvents(count: number): void {
    this.#maxEvents = count;
    this.#evictExcess();
    this.#pump();
  }

  /**
   * Calls `onSettled` once every event now in the lane is settled, except those of the batch with `exceptOrder`.
   *
   * @returns a function that cancels the call
   */
  whenSettled(exceptOrder: number, onSettled: () => void): () => void {
    return this.#barrier.wait(exceptOrder, onSettled);
  }

  /**
   * From now on no wait outlasts `remainingMs`: a longer back-off or breaker wait becomes one immediate last attempt. If the time is up, and was
   * extended, the new time applies.
   *
   * @param keeps what is stored stays there for the next life, if the last attempt fails for a reason that may pass
   */
  drainWithin(remainingMs: number, keeps: boolean): void {
    const { pauseClock } = this.#env;
    this.#keepsAtEnd ||= keeps && this.#spool !== undefined;
    const now = pauseClock.withoutGaps();
    this.#deadline = Math.min(this.#deadline > now ? this.#deadline : Infinity, now + remainingMs);
    if (!pauseClock.isPaused) this.#wake((queued) => this.#isTooLong(queued));
  }

  /** Continues after a pause. Whatever ended the pause has probably ended the outage, too, so back-off ends as well. */
  resume(): void {
    this.#wake((queued) => this.#isTooLong(queued) || queued.wait?.isRequested === false);
    this.#pump();
  }

  /**
   * Ends every wait, also those that a sink requested or an open breaker imposes, and makes the attempt. Queued batches start until `concurrency`
   * are active, if that is more than the lane's own.
   */
  retryNow(concurrency: number): void {
    if (this.#env.pauseClock.isPaused) return;
    const attempt = (queued: QueuedBatch<E>): void => {
      // An attempt before it may have caused a pause.
      if (this.#env.pauseClock.isPaused) this.#proceed(queued);
      else this.#attempt(queued);
    };
    this.#wake(() => true, attempt);
    this.#pump(concurrency, attempt);
  }

  /** Drops everything that is not in flight; events in flight are dropped if their attempt fails. */
  purge(reason: DropReason): void {
    // Later events of this life may be allowed again.
    if (this.#recovery !== undefined) this.#recovery.refusal = reason;
    const live = this.#live();
    for (const queued of live) queued.dropsOnFailure = reason;
    this.#drop(
      live.filter(({ isInFlight }) => !isInFlight),
      reason,
    );
    this.#pump();
  }

  /** Leaves what is stored, and not in flight, to the next life. */
  keep(): void {
    if (this.#recovery !== undefined) this.#recovery.isKept = true;
    this.#keep(this.#live().filter(({ isInFlight }) => !isInFlight));
    this.#pump();
  }

  /**
   * Ends the lane: aborts what is in flight, and drops everything. With `keeps`, what is stored stays there for the next life. `onClosed`
   * is called when the store is closed.
   */
  stop(reason: DropReason, keeps = true, onClosed = nothing): void {
    this.#isStopped = true;
    const live = this.#live();
    if (keeps) this.#keep(live);
    this.#drop(live, reason);
    this.#timeout.stop();
    if (this.#spool === undefined) onClosed();
    else {
      this.#spool.close(() => {
        this.#env.enter(onClosed);
      });
    }
  }

  #keep(batches: readonly QueuedBatch<E>[]): void {
    const spool = this.#spool;
    if (spool === undefined) return;
    for (const queued of batches) {
      const { batch, order, stored } = queued;
      const rest = batch.events.filter((event) => !spool.has(batch, event));
      const count = stored ?? batch.events.length - rest.length;
      if (count === 0) continue;
      this.ledger.settle(count, { status: 'kept' });
      const isLeft = new Set(rest);
      this.#env.settlements?.settle(this.name, queued.followed ?? batch.events.filter((event) => !isLeft.has(event)), 'kept');
      if (rest.length === 0) this.#retire(queued);
      // Under another id, so that the stored batch stays when these events leave.
      else queued.batch = batchOf({ ...batch, events: rest, id: this.#env.newId(), parentId: batch.id });
      this.#barrier.settled(order, count);
    }
  }

  /** Milliseconds until a waiting batch is attempted again; Infinity if none waits, or during a pause. */
  get nextAttemptInMs(): number {
    return Math.min(...[...this.#active].map(({ wait }) => wait?.until ?? Infinity)) - this.#env.elapsed();
  }

  /** Queued and active batches, oldest first; may include settled ones. */
  #live(): QueuedBatch<E>[] {
    return [...this.#active, ...this.#queue.waiting].sort((a, b) => a.order - b.order);
  }

  #enqueue(queued: QueuedBatch<E>): void {
    this.#liveCount += 1;
    this.#queue.enter(queued, this.#liveCount);
  }

  /** Fills the free slots from the queue. */
  #pump(
    concurrency = 0,
    proceed = (queued: QueuedBatch<E>): void => {
      this.#proceed(queued);
    },
  ): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    const slots = Math.max(concurrency, this.options.concurrency);
    while (!this.#env.pauseClock.isPaused && this.#recovery === undefined && this.#active.size < slots) {
      const queued = this.#queue.next();
      if (queued === undefined) break;
      this.#active.add(queued);
      proceed(queued);
    }
    this.#isPumping = false;
    if (this.#active.size === 0) this.#timeout.stop();
  }

  /** Reads a batch that is only in the store, in its slot. */
  #readBack(queued: QueuedBatch<E>, proceed: (queued: QueuedBatch<E>) => void): void {
    const then = (work: () => void): void => {
      this.#env.enter(() => {
        // It may have been dropped or kept meanwhile.
        if (queued.stored !== undefined) work();
      });
    };
    const onRead = (events: readonly E[]): void => {
      then(() => {
        if (events.length !== queued.stored) {
          const error = new SinkError('write_failed', 'The store did not return the batch', { code: 'SPOOL_DAMAGED', retryable: false });
          this.#takeOut(queued, { status: 'failed', error })();
          this.#pump();
          return;
        }
        this.#onlyStored -= events.length;
        queued.stored = undefined;
        queued.failedReads = undefined;
        queued.batch = batchOf({ ...queued.batch, events });
        queued.followed?.forEach((event, index) => this.#env.settlements?.readBack(event, events[index]));
        queued.followed = undefined;
        if (!this.#isExpired(queued.batch)) proceed(queued);
        else {
          this.#drop([queued], 'expired');
          this.#pump();
        }
      });
    };
    const onFailed = (error: SinkError): void => {
      then(() => {
        this.#onReadFailed(queued, error);
      });
    };
    this.#spool?.read(queued.batch, onRead, onFailed);
  }

  /** Reads again after a back-off: the batch is still in the store. */
  #onReadFailed(queued: QueuedBatch<E>, error: SinkError): void {
    const { elapsed, random, pauseClock } = this.#env;
    const now = pauseClock.now();
    const { count, since } = (queued.failedReads = {
      count: (queued.failedReads?.count ?? 0) + 1,
      since: queued.failedReads?.since ?? now,
    });
    const next = nextAttempt(error, { attempts: count, firstAttemptAt: since }, this.options.retry, now, random);
    if (next !== undefined && !queued.isLastAttempt) this.#wait(queued, elapsed() + next.delayMs);
    else {
      if (next !== undefined && this.#keepsAtEnd) this.#keep([queued]);
      this.#takeOut(queued, { status: 'failed', error })();
      this.#pump();
    }
  }

  /** Makes an attempt, as soon as the store has returned the batch and the breaker admits it. */
  #proceed(queued: QueuedBatch<E>): void {
    const { elapsed, pauseClock } = this.#env;
    const breaker = this.#breaker;
    const { timeoutMs } = this.options;
    if (pauseClock.isPaused) this.#wait(queued, Infinity);
    else if (queued.stored !== undefined) {
      this.#readBack(queued, (read) => {
        this.#proceed(read);
      });
    } else if (queued.isLastAttempt || breaker === undefined || breaker.admits(elapsed(), timeoutMs)) this.#attempt(queued);
    else {
      // A probe whose timeout was restarted after a gap lasts longer than announced; its end wakes the others.
      const until = breaker.openUntil > elapsed() ? breaker.openUntil : elapsed() + timeoutMs;
      this.#wait(queued, until, { isForBreaker: true });
    }
  }

  /** Proceeds at `until`; immediately with the last attempt if that is after the deadline, unless the sink requested the wait. */
  #wait(queued: QueuedBatch<E>, until: number, { isRequested = false, isForBreaker = false } = {}): void {
    const { scheduler, elapsed, enter, pauseClock } = this.#env;
    if (this.#isAfterDeadline(until) && !isRequested && !pauseClock.isPaused) {
      queued.isLastAttempt = true;
      this.#attempt(queued);
      return;
    }
    queued.wait = { until, isRequested, isForBreaker };
    const slot = (queued.slot = new Subscription());
    if (until === Infinity) return;
    const now = elapsed();
    const delayMs = Math.min(MAX_DELAY_MS, Math.max(0, until - now));
    const end = (): void => {
      enter(() => {
        if (slot.closed) return;
        elapsed(now + delayMs);
        this.#leaveWait(queued);
        this.#proceed(queued);
      });
    };
    slot.add(scheduler.schedule(end, delayMs));
  }

  #leaveWait(queued: QueuedBatch<E>): void {
    this.#env.pauseClock.skipGap(queued.wait?.until ?? Infinity);
    queued.wait = undefined;
    queued.slot?.unsubscribe();
  }

  /** @param until on the elapsed clock */
  #isAfterDeadline(until: number): boolean {
    const { elapsed, pauseClock } = this.#env;
    return until - elapsed() > this.#deadline - pauseClock.withoutGaps();
  }

  /** Whether it waits for longer than the deadline allows; then its next attempt is the last. */
  #isTooLong(queued: QueuedBatch<E>): boolean {
    const { wait } = queued;
    if (wait === undefined || wait.isRequested || !this.#isAfterDeadline(wait.until)) return false;
    queued.isLastAttempt = true;
    return true;
  }

  /** Ends the waits that `isOver` selects. */
  #wake(
    isOver: (queued: QueuedBatch<E>) => boolean,
    proceed = (queued: QueuedBatch<E>): void => {
      this.#proceed(queued);
    },
  ): void {
    for (const queued of [...this.#active]) {
      // An earlier iteration may have changed it.
      if (queued.wait === undefined || isSettled(queued) || !isOver(queued)) continue;
      this.#leaveWait(queued);
      proceed(queued);
    }
  }

  #attempt(queued: QueuedBatch<E>): void {
    if (queued.stored !== undefined) {
      this.#readBack(queued, (read) => {
        this.#attempt(read);
      });
      return;
    }
    queued.attemptedId = queued.batch.id;
    queued.attempts += 1;
    const { elapsed, pauseClock } = this.#env;
    queued.firstAttemptAt ??= pauseClock.now();
    const startedAt = elapsed();
    queued.isInFlight = true;
    queued.isExtended = false;
    queued.readings = 0;
    queued.expiresAt = undefined;
    this.ledger.attempt(queued.attempts);
    const attempt = new Attempt(queued.attempts);
    let answer: unknown;
    let isPending = false;
    const outerOrder = this.#orderInProcess;
    this.#orderInProcess = queued.order;
    try {
      answer = this.sink.process(queued.batch, attempt);
      isPending = isObservableInput(answer);
    } catch (error) {
      answer = throwError(() => error);
      isPending = true;
    }
    this.#orderInProcess = outerOrder;
    if (isPending) {
      // No timer reveals a gap, or a step of the clock, inside `process`.
      if (pauseClock.skipGap(startedAt)) this.#postponeTimeouts(elapsed() - startedAt);
      this.#follow(queued, attempt, answer as ObservableInput<unknown>);
    }
    // Most sinks that answer synchronously return nothing. The batch may have been dropped from inside `process`.
    else if (!isSettled(queued)) this.#onDelivered(queued);
  }

  /** Waits for the answer, or the timeout. */
  #follow(queued: QueuedBatch<E>, attempt: Attempt, answer: ObservableInput<unknown>): void {
    const { elapsed, enter } = this.#env;
    const { timeoutMs } = this.options;
    // Set before the answer is observed: if the batch is settled meanwhile, this is closed.
    const slot = (queued.slot = new Subscription());
    if (isSettled(queued)) slot.unsubscribe();
    let isAnswered = false;
    slot.add(
      observeAnswer(answer, (failure) => {
        isAnswered = true;
        enter(() => {
          if (slot.closed) return;
          slot.unsubscribe();
          if (failure === undefined) this.#onDelivered(queued);
          else this.#onFailed(queued, toSinkError(failure.error));
        });
      }),
    );
    slot.add(() => {
      if (!isAnswered) attempt.abort();
    });
    if (slot.closed || timeoutMs === Infinity) return;
    queued.expiresAt = elapsed() + timeoutMs;
    this.#timeout.set(timeoutMs);
  }

  /**
   * Ends the attempts that have had `timeoutMs`, and sets the timer for the next one. After a gap, in which the process or machine was stopped,
   * the timeout of attempts in flight starts again. An answer that arrived before the timer could fire is always read first.
   */
  #onTimeout(lateMs: number): void {
    const { elapsed, pauseClock } = this.#env;
    const { timeoutMs } = this.options;
    const now = elapsed();
    const isGap = pauseClock.skipGap(now - lateMs);
    for (const queued of [...this.#active]) {
      if (!queued.isInFlight || queued.expiresAt === undefined) continue;
      // An attempt that started after the gap has lost nothing.
      const wasStopped = isGap && now - (queued.expiresAt - timeoutMs) > MAX_LATE_MS;
      if (queued.expiresAt > now && !wasStopped) continue;
      const moreMs = graceMs(queued, timeoutMs, lateMs, wasStopped);
      if (moreMs > 0) queued.expiresAt = Math.max(queued.expiresAt, now + moreMs);
      else if (queued.expiresAt <= now) {
        queued.slot?.unsubscribe();
        this.#onFailed(queued, new SinkError('timeout', `No answer within ${String(timeoutMs)} ms`));
      }
    }
    this.#armTimeout();
  }

  /** Calls the user's code. No timer reveals a gap, or a step of the clock, inside it. */
  #callOut(work: () => void): void {
    const { elapsed, pauseClock } = this.#env;
    const calledAt = elapsed();
    work();
    if (pauseClock.skipGap(calledAt)) this.#postponeTimeouts(elapsed() - calledAt);
  }

  /** Time inside a callback counts for no attempt in flight. */
  #postponeTimeouts(ms: number): void {
    for (const queued of this.#active) if (queued.isInFlight && queued.expiresAt !== undefined) queued.expiresAt += ms;
  }

  /** Sets the timer for the attempt that expires first, if there is one. */
  #armTimeout(): void {
    let first = Infinity;
    for (const { isInFlight, expiresAt = Infinity } of this.#active) if (isInFlight && expiresAt < first) first = expiresAt;
    if (first === Infinity) this.#timeout.clear();
    else this.#timeout.set(Math.max(0, first - this.#env.elapsed()));
  }

  #onDelivered(queued: QueuedBatch<E>): void {
    // In the ledger before the breaker admits others: those may end the lane.
    const emit = this.#takeOut(queued, DELIVERED);
    this.#breaker?.succeeded();
    emit();
    this.#pump();
  }

  #onFailed(queued: QueuedBatch<E>, error: SinkError): void {
    const { elapsed, pauseClock, onAttemptFailed } = this.#env;
    queued.isInFlight = false;
    // After a gap, the failure may be read before any timer fires.
    if (queued.expiresAt !== undefined) pauseClock.skipGap(queued.expiresAt);
    // Read before callbacks run: the clock may be set, or the process stopped, in one of them.
    const failedAt = pauseClock.now();
    // A sink that names the events which failed has delivered the others.
    const { events } = queued.batch;
    const failed = new Set(failedEvents(events, error.failed));
    const emitDelivered = this.#takeOut(queued, DELIVERED, (event) => !failed.has(event));
    const refused = new Set(namedEvents(events, error.rejected));
    const emitRefused = this.#takeOut(queued, { status: 'failed', error }, (event) => refused.has(event));
    // `rejected` and `too_large` concern the events; the sink itself works.
    if (error.kind === 'too_large' || error.kind === 'rejected') this.#breaker?.succeeded();
    else this.#breaker?.failed(elapsed());
    if (onAttemptFailed !== undefined)
      this.#callOut(() => {
        onAttemptFailed(error);
      });
    emitDelivered();
    emitRefused();
    // Events in flight could not be dropped or evicted; now they can.
    if (queued.dropsOnFailure !== undefined) this.#drop([queued], queued.dropsOnFailure);
    this.#evictExcess();
    if (isSettled(queued)) this.#pump();
    else this.#retry(queued, error, failedAt, refused.size > 0);
  }

  /** Decides about the events that were neither delivered nor refused by name. */
  #retry(queued: QueuedBatch<E>, error: SinkError, failedAt: number, wereOthersRefused: boolean): void {
    const { elapsed, random, newId } = this.#env;
    const { retry, split } = this.options;
    const { kind, failed, rejected } = error;
    const { isLastAttempt = false } = queued;
    const isFinal = isLastAttempt && !this.#keepsAtEnd;
    const next = isFinal ? undefined : nextAttempt(error, queued, retry, failedAt, random);
    // Events that were neither delivered nor refused would be sent again.
    const isRetried = next !== undefined || (wereOthersRefused && !isFinal);
    // If a refusal names no event, a single event may be the cause: halving the batch finds it.
    const namesNoEvent =
      kind === 'rejected' && (failed === undefined || rejected?.length === 0) && split && (queued.splits ?? 0) < retry.maxSplits;
    if (isRetried && !isLastAttempt) this.#wait(queued, elapsed() + (next?.delayMs ?? 0), { isRequested: next?.isRequested });
    else if (!isRetried && (kind === 'too_large' || namesNoEvent) && queued.batch.events.length > 1) {
      const halves = halvesOf(queued, newId);
      this.#spool?.replace(
        queued.batch,
        halves.map(({ batch }) => batch),
      );
      this.#retire(queued);
      for (const half of halves.reverse()) this.#enqueue(half);
      this.#pump();
    } else {
      if (isRetried) this.#keep([queued]);
      this.#takeOut(queued, { status: 'failed', error })();
      this.#pump();
    }
  }

  #evictExcess(): void {
    const { overflow } = this.options;
    const inMemory = this.ledger.pending - this.#onlyStored;
    if (inMemory <= this.#maxEvents || overflow === 'block') return;
    // Events that are being written may leave memory soon.
    const excess = this.#unload(inMemory - this.#maxEvents - Math.min(this.#spool?.writing ?? 0, this.#maxEvents));
    if (excess <= 0) return;
    const emissions: (() => void)[] = [];
    this.#queue.evict(excess, this.#active, (queued, isEvicted) => {
      emissions.push(this.#takeOut(queued, { status: 'dropped', reason: 'overflow' }, isEvicted));
    });
    for (const emit of emissions) emit();
  }

  /** Leaves the newest batches, of `excess` events or more, to the store until they get a slot. Returns the events that it does not hold. */
  #unload(excess: number): number {
    const spool = this.#spool;
    if (spool === undefined || excess <= 0) return excess;
    let left = excess;
    for (const queued of this.#queue.newest()) {
      if (left <= 0) break;
      const { batch } = queued;
      const { length } = batch.events;
      if (length === 0 || !spool.holds(batch)) continue;
      queued.stored = length;
      if (this.#env.settlements?.has(batch.events)) queued.followed = batch.events;
      queued.batch = batchOf({ ...batch, events: [] });
      this.#onlyStored += length;
      left -= length;
    }
    return left;
  }

  #drop(batches: readonly QueuedBatch<E>[], reason: DropReason): void {
    const emissions = batches.map((queued) => this.#takeOut(queued, { status: 'dropped', reason }));
    for (const emit of emissions) emit();
  }

  /** Takes all events of a batch, or some, out of the lane and into the ledger. The function that it returns emits their delivery. */
  #takeOut(queued: QueuedBatch<E>, outcome: Outcome, isOut?: (event: E, index: number) => boolean): () => void {
    const { batch, order, attempts, stored } = queued;
    const events = isOut ? batch.events.filter(isOut) : batch.events;
    const count = stored ?? events.length;
    if (count === 0) return nothing;
    this.ledger.settle(count, outcome);
    this.#env.settlements?.settle(this.name, queued.followed ?? events, outcome.status);
    const rest = isOut ? batch.events.filter((event, index) => !isOut(event, index)) : [];
    // A failed part may be redelivered, so it needs an id other than that of the batch that the sink has seen.
    const part =
      rest.length === 0
        ? batch
        : outcome.status === 'failed'
          ? remainderOf(queued, events, this.#env.newId)
          : batchOf({ ...batch, events });
    if (rest.length === 0) this.#retire(queued);
    else queued.batch = remainderOf(queued, rest, this.#env.newId);
    this.#spool?.replace(batch, rest.length === 0 ? [] : [queued.batch]);
    return () => {
      this.#callOut(() => {
        this.onDelivery({ sink: this.name, batch: part, attempts, ...(stored !== undefined && { stored }), ...outcome });
      });
      this.#barrier.settled(order, count);
    };
  }

  /** Releases a settled batch. Its attempt or wait ends, and a late answer changes nothing. */
  #retire(queued: QueuedBatch<E>): void {
    queued.batch = { ...queued.batch, events: [] };
    this.#onlyStored -= queued.stored ?? 0;
    queued.stored = undefined;
    queued.isInFlight = false;
    this.#liveCount -= 1;
    this.#active.delete(queued);
    queued.slot?.unsubscribe();
  }
}

/** What happens to the batches of earlier lives once they are read. */
interface Recovery {
  /** They are dropped: the lane was purged meanwhile. */
  refusal?: DropReason;
  /** They stay in the store. */
  isKept?: boolean;
}

/** In a durable lane: the order of the recovery itself. Recovered batches come before it, those of this life after it. */
const RECOVERY = 2 ** 32;
const nothing = (): void => undefined;
const DELIVERED: Outcome = { status: 'delivered' };
